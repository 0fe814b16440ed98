import CommandLineKit
import Glibc
import Supervision
import Synchronization
import System
import TaskModel

/// The user's side of a command: what is written where, and what an interrupt means.
struct Console: Sendable {
    let output: TextOutput
    let errorOutput: TextOutput
    /// True where a person watches: progress is shown.
    let isWatched: Bool
    /// True where output goes to a terminal.
    let isTerminal: Bool
    /// True where a person sits at both ends: attaching makes sense.
    let isInteractive: Bool
    /// True where colour is welcome.
    let isColored: Bool

    init(_ invocation: Invocation) {
        output = invocation.output
        errorOutput = invocation.errorOutput
        isWatched = Terminal.isTerminal(STDERR_FILENO)
        isTerminal = Terminal.isTerminal(STDOUT_FILENO)
        isInteractive = isTerminal && Terminal.isTerminal(STDIN_FILENO)
        isColored = isTerminal && (invocation.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Says something beside the result.
    func say(_ text: String) {
        errorOutput.writeLine("task: \(PlainText.lines(text))")
    }

    /// Runs something that can be taken back: an interrupt cancels it, and the command exits as the signal demands.
    func interruptible<Value: Sendable>(
        _ body: @escaping @Sendable (RunListener) async throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        let line = ProgressLine(isShown: isWatched, output: errorOutput)
        let listener = RunListener(
            progress: { line.show($0) },
            notice: { text in
                line.clear()
                say(text)
            })
        let work = Task { await Self.result { () async throws(TaskError) in try await body(listener) } }
        let received = Mutex<Int32>(0)
        let signals = [SIGINT, SIGTERM].map { number in
            SignalWatch([number]) {
                received.withLock { $0 = number }
                work.cancel()
            }
        }
        let result = await work.value
        line.clear()
        withExtendedLifetime(signals) {}
        let number = received.withLock { $0 }
        if number != 0, case .failure(let error) = result {
            say(error.message)
            exit(128 + number)
        }
        return try result.get()
    }

    private static func result<Value>(
        _ body: () async throws(TaskError) -> Value
    ) async -> Result<Value, TaskError> {
        do throws(TaskError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}

/// One line on the terminal that says what takes so long.
final class ProgressLine: Sendable {
    private let isShown: Bool
    private let output: TextOutput
    private let isDirty = Mutex(false)

    init(isShown: Bool, output: TextOutput) {
        self.isShown = isShown
        self.output = output
    }

    func show(_ text: String) {
        guard isShown else { return }
        isDirty.withLock { $0 = true }
        let width = Int(Terminal.size(of: STDERR_FILENO)?.columns ?? 80)
        output.write("\r\u{1B}[K\(PlainText.line(text, limit: max(20, width - 2)))")
    }

    func clear() {
        let wasDirty = isDirty.withLock { dirty in
            defer { dirty = false }
            return dirty
        }
        if wasDirty { output.write("\r\u{1B}[K") }
    }
}
