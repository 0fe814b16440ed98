import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel
import TaskStore

/// `task events`
enum EventsCommand {
    static let follow = Flag("follow", short: "f", help: "Go on until the task has ended")
    static let json = Flag("json", help: "The events as they are stored, one JSON object a line")

    static let command = Command(
        "events", summary: "Show what has happened to a task",
        discussion: "Times count from when the task was made; with --json they are absolute.",
        options: [follow, json, TaskChoice.latest], arguments: [TaskChoice.any],
        examples: [Example("task events -f --json fix-login", "Follow, for a program")],
        handler: serving { (invocation, service) throws(TaskError) in
            let task = try service.task(invocation, TaskChoice.any)
            let made = try task.readRecord().currentState.createdAt
            try Events.follow(task, on: invocation[follow]) { line in
                if invocation[json] {
                    invocation.output.writeLine(String(decoding: line, as: UTF8.self))
                } else if let event = Events.event(line) {
                    invocation.output.writeLine(text(event, since: made))
                }
            }
            return .success
        })

    private static func text(_ event: TaskEvent, since made: Date) -> String {
        let data = event.data.sorted { $0.key < $1.key }.map { "\($0.key)=\(PlainText.line($0.value.text))" }
        return ([Events.time(event, since: made), PlainText.line(event.event.rawValue)] + data).joined(separator: "  ")
    }
}

/// What has happened to a task, for commands that show it.
enum Events {
    /// Gives every event's line, and on request those to come until the task has ended.
    static func follow(_ task: TaskDirectory, on isFollowing: Bool, _ show: ([UInt8]) -> Void) throws(TaskError) {
        var reader = EventReader(task)
        let watch = FileWatch(task.path)
        while true {
            // What happened before the end is there once the end is on record.
            let phase = try task.readRecord().currentState.phase
            for line in try reader.nextLines() { show(line) }
            if !isFollowing || phase == .ended { return }
            watch.wait(milliseconds: 500)
        }
    }

    /// "+12.3s": how long after a task was made.
    static func time(_ event: TaskEvent, since made: Date) -> String {
        "+" + Elapsed.text(event.time.timeIntervalSince(made))
    }

    /// The event of a line; nil for what is none.
    static func event(_ line: [UInt8]) -> TaskEvent? { EventReader.event(line) }
}

extension TaskEvent.Value {
    /// The bare value.
    var text: String {
        switch self {
        case .text(let value): value
        case .number(let value): "\(value)"
        case .truth(let value): "\(value)"
        }
    }
}
