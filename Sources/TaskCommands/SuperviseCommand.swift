import CommandLineKit
import Supervision
import TaskModel

/// `task supervise`: the process that other commands start for each task.
enum SuperviseCommand {
    static let start = Flag("start", help: "The task was just made")
    static let resume = Flag("resume", help: "The task had ended and goes on")
    static let recover = Flag("recover", help: "An earlier supervisor died")

    static let command = Command(
        "supervise", summary: "Be the supervisor of a task", options: [start, resume, recover],
        arguments: [taskArgument], isHidden: true,
        handler: { invocation in
            do throws(TaskError) {
                if invocation.verbosity == .verbose { TaskService.reportEngines() }
                let errand = invocation[start] ? "start" : invocation[resume] ? "resume" : "recover"
                return ExitCode(
                    try await TaskService(environment: invocation.environment)
                        .supervise(invocation[taskArgument], errand: errand))
            } catch {
                throw Reported(error)
            }
        })
}
