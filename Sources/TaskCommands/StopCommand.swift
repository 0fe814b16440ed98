import CommandLineKit
import Supervision
import TaskModel
import TaskStore

/// `task stop`
enum StopCommand {
    static let grace = Option<TimeSpan>("time", short: "t", value: "TIME", help: "How long the agent may take (10s)")

    static let command = Command(
        "stop", summary: "End the agent and bring its work home", options: [grace, TaskChoice.latest],
        arguments: [TaskChoice.running],
        examples: [Example("task stop fix-login", "The task can be resumed later")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let task = try service.task(invocation, TaskChoice.running)
            try await Console(invocation).showing("stopping '\(task.id)'") { _ throws(TaskError) in
                try service.stop(task, graceSeconds: invocation[grace]?.seconds ?? 10)
            }
            return .success
        })
}
