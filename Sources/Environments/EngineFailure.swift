import EngineAPI
import TaskModel

extension EngineError {
    /// What the user is told: what was being done, the engine's own words, and a next command.
    func asTaskError(_ doing: String, kind: TaskError.Kind = .noSandbox) -> TaskError {
        if case .unreachable = self {
            return TaskError(
                kind, "cannot \(doing): \(self)", next: "start the engine, or name another one with --engine")
        }
        return TaskError(kind, "cannot \(doing): \(self)")
    }
}

/// Runs a call of the engine and turns its failure into what the user is told.
func engine<Result>(
    _ doing: String, kind: TaskError.Kind = .noSandbox, _ call: () async throws(EngineError) -> Result
) async throws(TaskError) -> Result {
    do throws(EngineError) {
        return try await call()
    } catch {
        throw error.asTaskError(doing, kind: kind)
    }
}
