import CommandLineKit
import FoundationEssentials
import Glibc
import Supervision
import System
import TaskModel

/// `task top`
enum TopCommand {
    static let once = Flag("once", help: "Print all tasks once, as plain text, and end")

    static let command = Command(
        "top", summary: "Watch all tasks on one screen, and act on them",
        discussion: """
            Enter attaches to a task's terminal, l shows its output, d its changes, i types a line into it, s stops it; \
            ? lists all keys, q leaves. The tasks go on.
            """,
        options: [once],
        examples: [Example("task top", "What runs, what waits for you, what was refused")],
        handler: serving { (invocation, service) throws(TaskError) in
            if invocation[once] {
                var model = TopModel()
                model.columns = Terminal.size(of: STDOUT_FILENO).map { max(80, Int($0.columns)) } ?? 120
                model.show(Dashboard.once(service), now: Date())
                invocation.output.write(model.plain(now: Date()))
                return .success
            }
            return try run(invocation, service)
        })

    /// Shows the dashboard until the user leaves it.
    ///
    /// - Throws: `TaskError` where there is no terminal for it.
    static func run(_ invocation: Invocation, _ service: TaskService) throws(TaskError) -> ExitCode {
        let kind = invocation.environment["TERM"] ?? ""
        guard Console(invocation).isInteractive, !kind.isEmpty, kind != "dumb" else {
            let why =
                Console(invocation).isInteractive ? "TERM is '\(PlainText.line(kind, limit: 40))'" : "there is none"
            throw TaskError("task top needs a terminal that it can draw on, and \(why)", next: "task list")
        }
        let signal = try TopLoop(service, isColored: Console(invocation).isColored).run()
        return signal.map { ExitCode(128 + $0) } ?? .success
    }
}
