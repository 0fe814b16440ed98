import CommandLineKit
import Supervision
import TaskModel
import TaskStore

/// `task attach`
enum AttachCommand {
    static let command = Command(
        "attach", summary: "Show the agent's live terminal",
        discussion: "C-b d leaves it running. Several people may attach at the same time.",
        options: [TaskChoice.latest], arguments: [TaskChoice.running],
        examples: [Example("task attach fix-login", "See what the agent does, and type")],
        handler: serving { (invocation, service) throws(TaskError) in
            let task = try service.task(invocation, TaskChoice.running)
            try service.requireRunning(task)
            guard Console(invocation).isInteractive else {
                throw TaskError("there is no terminal to attach '\(task.id)' to", next: "task logs -f \(task.id)")
            }
            try HostTerminal(service: service, task: task).run()
            return .success
        })
}
