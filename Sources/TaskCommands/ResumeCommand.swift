import CommandLineKit
import Supervision
import TaskModel
import TaskStore

/// `task resume`
enum ResumeCommand {
    static let detach = Flag("detach", short: "d", help: "Print the name and return when the agent has started")
    static let wait = Flag("wait", help: "Show the output, wait, and exit with the agent's own exit code")

    static let task = TaskChoice.named("task-ended")

    static let command = Command(
        "resume", summary: "Start an ended task again, in its own workspace and home",
        options: [detach, wait, TaskChoice.latest], arguments: [task],
        examples: [Example("task resume fix-login", "Go on where it was stopped")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let console = Console(invocation)
            let name = try service.namedTask(invocation, invocation[task]).id.description
            let task = try await console.interruptible { listener throws(TaskError) in
                try await service.resume(name, listener)
            }
            return try await Following(service: service, task: task, console: console)
                .follow(detach: invocation[detach], wait: invocation[wait])
        })
}
