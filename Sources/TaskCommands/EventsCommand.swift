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
        "events", summary: "Show what has happened to a task", options: [follow, json], arguments: [taskArgument],
        examples: [Example("task events -f --json fix-login", "Follow, for a program")],
        handler: serving { (invocation, service) throws(TaskError) in
            let task = try service.task(invocation[taskArgument])
            var reader = EventReader(task)
            let watch = FileWatch(task.path)
            while true {
                // What happened before the end is there once the end is on record.
                let phase = try task.readRecord().currentState.phase
                let isLast = !invocation[follow] || phase == .ended
                if invocation[json] {
                    for line in try reader.nextLines() {
                        invocation.output.writeLine(String(decoding: line, as: UTF8.self))
                    }
                } else {
                    for event in try reader.next() { invocation.output.writeLine(text(event)) }
                }
                if isLast { return .success }
                watch.wait(milliseconds: 500)
            }
        })

    private static func text(_ event: TaskEvent) -> String {
        let data = event.data.sorted { $0.key < $1.key }.map { "\($0.key)=\(PlainText.line($0.value.text))" }
        let time = event.time.formatted(Date.ISO8601FormatStyle())
        return ([time, PlainText.line(event.event.rawValue)] + data).joined(separator: "  ")
    }
}

extension TaskEvent.Value {
    fileprivate var text: String {
        switch self {
        case .text(let value): value
        case .number(let value): "\(value)"
        case .truth(let value): "\(value)"
        }
    }
}
