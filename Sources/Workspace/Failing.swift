import Dispatch
import System
import TaskModel

/// Runs steps whose errors become one error for the user: "cannot <task>: …".
func failing<Result>(_ task: String, _ body: () throws -> Result) throws(TaskError) -> Result {
    do {
        return try body()
    } catch let error as TaskError {
        throw error
    } catch {
        throw TaskError(.failed, "cannot \(task): \(error)")
    }
}

/// The same for steps that wait.
func failing<Result>(_ task: String, _ body: () async throws -> Result) async throws(TaskError) -> Result {
    do {
        return try await body()
    } catch let error as TaskError {
        throw error
    } catch {
        throw TaskError(.failed, "cannot \(task): \(error)")
    }
}

/// Runs steps that block on a thread of their own.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
