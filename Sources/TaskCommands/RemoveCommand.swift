import CommandLineKit
import Supervision
import TaskModel
import TaskStore

/// `task rm`
enum RemoveCommand {
    static let force = Flag("force", short: "f", help: "Stop the task first where it runs")
    static let tasks = RepeatedArgument<String>(
        "TASK", help: "Their names, or enough of each", completion: .dynamic("task"))

    static let command = Command(
        "rm", summary: "Remove tasks; branches and uncommitted work are kept",
        options: [force, TaskChoice.latest], arguments: [tasks],
        examples: [Example("task rm fix-login", "The branch task/fix-login stays in your repository")],
        handler: serving { (invocation, service) async throws(TaskError) in
            // All are found before the first is removed.
            var chosen: [TaskDirectory] = []
            for name in invocation[tasks].map(Optional.some) + (invocation[tasks].isEmpty ? [nil] : []) {
                chosen.append(try service.namedTask(invocation, name))
            }
            for task in chosen {
                let console = Console(invocation)
                let kept = try await console.showing("removing '\(task.id)'") { _ throws(TaskError) in
                    try await service.remove(task, force: invocation[force])
                }
                for line in kept { console.warn(line) }
            }
            return .success
        })
}
