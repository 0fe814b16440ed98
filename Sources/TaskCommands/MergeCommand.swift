import CommandLineKit
import Supervision
import TaskModel
import TaskStore

/// `task merge`
enum MergeCommand {
    static let task = TaskChoice.named()

    static let command = Command(
        "merge", summary: "Merge the task's branch into the current branch",
        discussion: "Refused over uncommitted changes. Conflicts are left as git leaves them.",
        options: [TaskChoice.latest], arguments: [task],
        examples: [Example("task merge fix-login", "Bring the agent's commits into your branch")],
        handler: serving { (invocation, service) async throws(TaskError) in
            let task = try service.namedTask(invocation, invocation[task])
            let output = invocation.output
            try await Console(invocation).showing("bringing the work of '\(task.id)' home") { done throws(TaskError) in
                try await service.merge(task) { text in
                    done()
                    output.write(text)
                }
            }
            return .success
        })
}
