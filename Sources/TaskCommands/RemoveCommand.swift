import CommandLineKit
import Supervision
import TaskModel

/// `task rm`
enum RemoveCommand {
    static let force = Flag("force", short: "f", help: "Stop the task first where it runs")
    static let tasks = RepeatedArgument<String>(
        "TASK", help: "The names", isRequired: true, completion: .dynamic("task"))

    static let command = Command(
        "rm", summary: "Remove tasks; their branches and uncommitted work are kept",
        options: [force], arguments: [tasks],
        examples: [Example("task rm fix-login", "The branch task/fix-login stays in your repository")],
        handler: serving { (invocation, service) async throws(TaskError) in
            for name in invocation[tasks] {
                let task = try service.task(name)
                let kept = try await service.remove(task, force: invocation[force])
                for line in kept { Console(invocation).say(line) }
            }
            return .success
        })
}
