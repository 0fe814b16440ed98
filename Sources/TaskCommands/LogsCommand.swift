import CommandLineKit
import Supervision
import System
import TaskModel
import TaskStore

/// `task logs`
enum LogsCommand {
    static let follow = Flag("follow", short: "f", help: "Go on until the task has ended")
    static let raw = Flag("raw", help: "The bytes as they are; not onto a terminal")

    static let command = Command(
        "logs", summary: "Show what the agent has printed",
        discussion: "Control sequences are taken out, so that nothing an agent prints can act on your terminal.",
        options: [follow, raw, TaskChoice.latest], arguments: [TaskChoice.any],
        examples: [Example("task logs -f fix-login", "Follow the output")],
        handler: serving { (invocation, service) throws(TaskError) in
            let console = Console(invocation)
            let task = try service.task(invocation, TaskChoice.any)
            if invocation[raw], console.isTerminal {
                throw TaskError(
                    "--raw would let the output of '\(task.id)' control this terminal",
                    next: "task logs --raw \(task.id) > file")
            }
            try ScrollbackView(task: task, console: console, isRaw: invocation[raw]).show(follow: invocation[follow])
            return .success
        })
}
