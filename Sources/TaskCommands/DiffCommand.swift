import CommandLineKit
import Glibc
import Supervision
import System
import TaskModel
import TaskStore
import Workspace

/// `task diff`
enum DiffCommand {
    static let stat = Flag("stat", help: "Only a summary of each file")

    static let command = Command(
        "diff", summary: "Show what the agent changed, committed and not",
        discussion: "Files that run on normal use (hooks, build files, editor settings) are named at the end.",
        options: [stat, TaskChoice.latest], arguments: [TaskChoice.any],
        examples: [Example("task diff --stat fix-login", "Which files, and how much")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let console = Console(invocation)
            let task = try service.task(invocation, TaskChoice.any)
            let output = Descriptor(owning: dup(STDOUT_FILENO))
            try await console.showing("bringing the work of '\(task.id)' home") { done throws(TaskError) in
                try await service.diff(
                    task, stat: invocation[stat], color: console.isColored, escaped: console.isTerminal, to: output,
                    whenHome: done)
            }
            let triggers = try await service.triggers(task)
            if !triggers.isEmpty {
                console.warn("look closely at what acts on its own once it is on your machine:")
                for trigger in triggers.prefix(50) {
                    console.errorOutput.writeLine("  \(PlainText.line(trigger.path)) (\(trigger.kind))")
                }
            }
            return .success
        })
}
