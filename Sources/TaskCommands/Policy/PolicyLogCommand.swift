import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel
import TaskStore

/// `task policy log`
enum PolicyLogCommand {
    static let follow = Flag("follow", short: "f", help: "Go on until the task has ended")
    static let denied = Flag("denied", help: "Only what was refused")
    static let json = Flag("json", help: "The events as they are stored, one JSON object a line")

    static let command = Command(
        "log", summary: "Show what a task wanted to reach, and what came of it",
        discussion: "Times count from when the task was made; with --json they are absolute.",
        options: [follow, denied, json, TaskChoice.latest],
        arguments: [TaskChoice.any],
        examples: [Example("task policy log -f --denied fix-login", "Follow the refusals")],
        handler: serving { (invocation, service) throws(TaskError) in
            let wanted = invocation[denied] ? refusals : decisions
            let task = try service.task(invocation, TaskChoice.any)
            let made = try task.readRecord().currentState.createdAt
            try Events.follow(task, on: invocation[follow]) { line in
                guard let event = Events.event(line), wanted.contains(event.event) else { return }
                invocation.output.writeLine(
                    invocation[json] ? String(decoding: line, as: UTF8.self) : text(event, since: made))
            }
            return .success
        })

    private static let refusals: Set<TaskEvent.Name> = [.nameRefused, .connectionRefused]
    private static let decisions = refusals.union([
        .connectionClosed, .policyChanged, .policyInvalid, .gatewayFailed, .eventsLost,
    ])

    /// "+12.3s  denied  evil.test:443  not listed  ×12".
    static func text(_ event: TaskEvent, since made: Date) -> String {
        func field(_ name: String) -> String? { event.data[name].map { PlainText.line($0.text, limit: 300) } }
        func bytes(_ name: String) -> String { ByteCount.text(field(name).flatMap { Int64($0) } ?? 0) }
        let host = (field("host") ?? "").isEmpty ? "(various)" : field("host") ?? ""
        let place = host + (field("port").map { ":\($0)" } ?? "")
        let isRepeated = event.data["repeated"] == true
        let count = field("count").flatMap { isRepeated ? "\($0) more" : $0 == "1" ? nil : "×\($0)" }
        let words: [String?] =
            switch event.event {
            case .nameRefused: ["denied", place, "name: \(field("reason") ?? "")", field("rule"), count]
            case .connectionRefused: ["denied", place, field("reason"), field("rule"), count]
            case .connectionClosed:
                [
                    "allowed", place, field("address"), "out \(bytes("bytesOut"))",
                    "in \(bytes("bytesIn"))",
                    "\(field("milliseconds") ?? "0") ms", field("rule"), count,
                ]
            case .policyChanged: ["changed", "\(field("change") ?? "") \(field("target") ?? "")"]
            case .eventsLost: ["lost", "events that could not be written: \(field("count") ?? "")"]
            default: [PlainText.line(event.event.rawValue), field("reason")]
            }
        return ([Events.time(event, since: made)] + words.compactMap { $0 }).joined(separator: "  ")
    }
}
