import CommandLineKit
import Environments
import Supervision
import TaskModel
import TaskStore

/// `task snapshot`
enum SnapshotCommand {
    static let name = Option<String>("name", value: "REF", help: "The image's name; by default the task's and the time")

    static let command = Command(
        "snapshot", summary: "Make an image of a task, to start others from",
        discussion: """
            The image is the task's own with the home of its agent, as it is now: programs that the agent installed \
            there, settings, shell files. Not in it are the work, which is on the task's branch, the agent's own \
            configuration and conversations, caches, and the usual places of keys and passwords. The name is printed.
            """,
        options: [name, TaskChoice.latest], arguments: [TaskChoice.any],
        examples: [
            Example("task run --isolated --image $(task snapshot fix-login) -- ./agent.sh", "Start where a task got to")
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            let task = try service.task(invocation, TaskChoice.any)
            let console = Console(invocation)
            let snapshot = try await console.showing("making an image of '\(task.id)'") { _ throws(TaskError) in
                try await service.snapshot(task, as: invocation[name])
            }
            if snapshot.skipped > 0 {
                console.warn("\(snapshot.skipped) files could not be read and are not in the image")
            }
            invocation.output.write("\(snapshot.reference)\n")
            return .success
        })
}
