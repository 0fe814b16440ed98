import CommandLineKit
import Supervision
import System
import TaskModel
import TaskStore

extension RunCommand {
    /// What is to be typed where no engine was found.
    private static let word = "unsafe"

    /// Starts a task. Where there is no engine, and nobody has said that there must be one, a person at a terminal can
    /// let it run without isolation, after having read what that means.
    static func run(
        _ request: RunRequest, _ service: TaskService, _ console: Console
    ) async throws(TaskError) -> TaskDirectory {
        do throws(TaskError) {
            return try await console.interruptible { listener throws(TaskError) in
                try await service.run(request, listener)
            }
        } catch {
            guard error.kind == .noEngine, !request.isIsolated, request.sandboxOptions.isEmpty, console.isInteractive,
                console.isWatched, try service.obstacleToUnsafe(in: request.directory) == nil
            else { throw error }
            console.warn(error.description)
            guard confirms(console) else {
                throw TaskError(.noSandbox, "not confirmed: nothing was started", next: error.next)
            }
        }
        var request = request
        request.isUnsafe = true
        request.isWarned = true
        let confirmed = request
        return try await console.interruptible { listener throws(TaskError) in
            try await service.run(confirmed, listener)
        }
    }

    private static func confirms(_ console: Console) -> Bool {
        console.warn(UnsafeWarning.text)
        console.errorOutput.write("task: to run it nevertheless, type the word \(word) (anything else does not): ")
        return readLine(strippingNewline: true) == word
    }
}
