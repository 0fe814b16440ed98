import CommandLineKit
import Supervision
import TaskModel

/// `task prune`
enum PruneCommand {
    static let dryRun = Flag("dry-run", help: "Only say what would be removed")

    static let command = Command(
        "prune", summary: "Remove what crashed runs left; tasks and images stay",
        discussion: """
            Removes containers that belong to no task, and directories of tasks that were never finished. What a living \
            process is at stays, and so does every task: task rm removes those, task image prune removes images.
            """,
        options: [dryRun, ImageCommand.engine],
        examples: [Example("task prune --dry-run", "What would go")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let isRehearsal = invocation[dryRun]
            let (removed, failures) = await service.prune(
                isRehearsal: isRehearsal, on: invocation[ImageCommand.engine]?.place)
            for what in removed { invocation.output.writeLine("\(isRehearsal ? "would remove" : "removed") \(what)") }
            for failure in failures { Console(invocation).say(failure) }
            return failures.isEmpty ? .success : .failure
        })
}
