import CommandLineKit
import FoundationEssentials
import NetworkPolicy
import Supervision
import System
import TaskModel
import TaskStore

/// `task show`
enum ShowCommand {
    static let json = Flag("json", help: "One JSON object, times absolute; values of variables are left out")

    static let command = Command(
        "show", summary: "Show everything about one task",
        options: [json, TaskChoice.latest], arguments: [TaskChoice.any],
        examples: [
            Example("task show fix-login", "What it is, where it runs, what it may reach, and what to do next"),
            Example("task show -l --json", "The task made last, for a program"),
        ],
        handler: serving { (invocation, service) throws(TaskError) in
            let task = try service.task(invocation, TaskChoice.any)
            let record = try task.readRecord()
            let inputs = try task.readInputs()
            if invocation[json] {
                invocation.output.writeLine(try JSONLine.text(ShownTask(record, inputs, task)))
            } else {
                invocation.output.write(TaskPage(record: record, inputs: inputs, task: task, now: Date()).text)
            }
            return .success
        })
}

/// A task for programs: its record as `task list --json` has it, with what was asked and where its files are.
private struct ShownTask: Encodable {
    let version: Int
    let sequence: Int
    let id: TaskID
    let currentState: CurrentState
    let inputs: TaskInputs
    let paths: [String: String]

    init(_ record: TaskRecord, _ inputs: TaskInputs, _ task: TaskDirectory) {
        version = record.version
        sequence = record.sequence
        id = record.id
        currentState = record.currentState
        var shown = inputs
        for index in shown.environment.indices { shown.environment[index].value = nil }
        self.inputs = shown
        paths = [
            "directory": task.path, "workspace": task.workspace, "home": task.home, "scrollback": task.scrollback,
            "events": task.events,
        ]
    }
}

/// A task for people: a line for each thing there is to know. A value without I/O.
struct TaskPage {
    let record: TaskRecord
    let inputs: TaskInputs
    let task: TaskDirectory
    let now: Date

    private var state: CurrentState { record.currentState }

    var text: String {
        let rows: [(String, String?)] = [
            ("Task", record.id.description), ("Phase", phase), ("Made", moment(state.createdAt)),
            ("Started", state.startedAt.map(moment)), ("Ended", state.endedAt.map(moment)), ("Place", place),
            ("Project", inputs.repository.path), ("Base", base), ("Branch", branch), ("Agent", agent),
            ("Command", inputs.command.joined(separator: " ")), ("Variables", variables), ("Image", image),
            ("Network", network), ("Limits", limits), ("Mounts", mounts), ("Container", container),
            ("Workspace", task.workspace), ("Scrollback", task.scrollback), ("Next", next),
        ]
        return rows.compactMap { label, value in
            value.map {
                "\(label)\(String(repeating: " ", count: 12 - label.count))\(PlainText.line($0, limit: 500))\n"
            }
        }.joined()
    }

    private var phase: String {
        if let ending = state.ending, state.phase == .ended {
            return "ended: \(ending.summary)" + (state.isUnexported == true ? "; its work is not home yet" : "")
        }
        return state.waiting.map { "\(state.phase.rawValue), waiting: \($0)" } ?? state.phase.rawValue
    }

    private func moment(_ time: Date) -> String { Age.moment(time, now: now) }

    private var place: String {
        if state.isUnsafe { return "\(state.place.rawValue): UNSAFE, nothing isolates it from this machine" }
        return "\(state.place.rawValue), isolated in a container" + (state.socket.map { " (\($0))" } ?? "")
    }

    private var base: String {
        let name = inputs.base.branch ?? inputs.base.reference
        return "\(name) at \(inputs.base.commit.prefix(10))"
    }

    private var branch: String {
        var text = state.branch + (state.head.map { " at \($0.prefix(10))" } ?? ", nothing on it yet")
        if state.snapshot != nil { text += ", and uncommitted work" }
        return text + (state.conflict.map { "; \($0)" } ?? "")
    }

    private var agent: String? {
        guard let agent = inputs.equipment?.agent else { return nil }
        let version = state.image?.agent?.version.map { " \($0)" } ?? ""
        let manner = (agent.isHeadless ? ", works alone" : "") + (agent.asks ? ", asks before it acts" : "")
        return "\(agent.name)\(version)\(manner)" + (agent.prompt.map { ": \($0)" } ?? "")
    }

    private var variables: String? {
        inputs.environment.isEmpty ? nil : inputs.environment.map(\.name).joined(separator: ", ")
    }

    private var image: String? {
        guard let image = state.image else { return inputs.image }
        let notes = [image.definition.map { "definition \($0)" }, image.key.map { "key \($0.prefix(12))" }]
        let known = notes.compactMap { $0 }
        return image.reference + (known.isEmpty ? "" : " (\(known.joined(separator: ", ")))")
    }

    private var network: String {
        if state.isUnsafe { return "all that this machine reaches" }
        guard let network = state.network, !network.policy.rules.isEmpty else { return "nothing" }
        let count = network.policy.rules.count
        let sources = network.sources.isEmpty ? "" : " from \(network.sources.joined(separator: ", "))"
        return "\(count) rule\(count == 1 ? "" : "s")\(sources); task policy show --task \(record.id)"
    }

    private var limits: String {
        let limits = inputs.limits
        let processors = limits.milliCPUs.map { milli -> String in
            let hundredths = milli / 10
            if hundredths % 100 == 0 { return "\(hundredths / 100)" }
            return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
        }
        return [
            "memory \(limits.memory.map(Self.memory) ?? "unlimited")",
            "processors \(processors ?? "unlimited")",
            "processes \(limits.processes.map { "\($0)" } ?? "unlimited")",
            inputs.timeout.map { "stopped after \(Age.text(Double($0)))" },
        ].compactMap { $0 }.joined(separator: ", ")
    }

    /// Limits are given in powers of 1024.
    private static func memory(_ bytes: UInt64) -> String {
        let mebibytes = bytes >> 20
        return mebibytes % 1024 == 0 ? "\(mebibytes / 1024) GiB" : "\(mebibytes) MiB"
    }

    private var mounts: String? {
        state.volumes.isEmpty
            ? nil
            : state.volumes.map { "\($0.target)\($0.readOnly ? " (read-only)" : "")" }.joined(separator: ", ")
    }

    private var container: String? { state.container.map { "\($0.name) (\($0.id.prefix(12)))" } }

    private var next: String {
        let id = record.id
        if state.phase != .ended { return "task attach \(id), task logs -f \(id), task diff \(id), task stop \(id)" }
        let again = state.place.capabilities.contains(.resume) ? ", task resume \(id)" : ""
        return (state.head == nil && state.snapshot == nil ? "task logs \(id)" : "task diff \(id), task merge \(id)")
            + "\(again), task rm \(id)"
    }
}
