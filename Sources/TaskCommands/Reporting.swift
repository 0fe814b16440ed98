import CommandLineKit
import Supervision
import TaskModel
import TaskStore

/// An error of the product as the command line shows it.
struct Reported: ReportableError {
    let message: String
    let exitCode: ExitCode

    init(_ error: TaskError) {
        message = error.description
        exitCode = ExitCode(error.exitCode)
    }
}

/// Wraps what a command does: it gets the service, tasks without a supervisor get one first, errors are shown as the
/// user's.
func serving(
    _ body: @escaping @Sendable (Invocation, TaskService) async throws(TaskError) -> ExitCode
) -> Command.Handler {
    { invocation in
        do throws(TaskError) {
            let service = TaskService(environment: invocation.environment)
            if invocation.verbosity == .verbose {
                let output = invocation.errorOutput
                TaskService.traceEngines { output.writeLine("task: \($0)") }
            }
            try service.superviseOrphans()
            return try await body(invocation, service)
        } catch {
            throw Reported(error)
        }
    }
}

/// The argument that names a task.
let taskArgument = Argument<String>("TASK", help: "The task's name", completion: .dynamic("task"))

/// Completes the names of tasks, the newest first, with what they do.
enum TaskNames {
    static let complete = provider { _ in true }
    static let completeRunning = provider { $0 != .ended }
    static let completeEnded = provider { $0 == .ended }

    private static func provider(_ isWanted: @escaping @Sendable (Phase) -> Bool) -> CompletionProvider {
        { environment in
            let tasks = (try? TaskService(environment: environment).outlines().outlines) ?? []
            return tasks.filter { isWanted($0.currentState.phase) }
                .map { Candidate($0.id.description, TaskRow.phase($0.currentState)) }
        }
    }
}
