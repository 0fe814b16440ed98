import CommandLineKit
import Environments
import Glibc
import Supervision
import System
import TaskModel

/// The user's side of a command: what is written where, and what an interrupt means.
struct Console: Sendable {
    let output: TextOutput
    let errorOutput: TextOutput
    /// How much is said.
    let verbosity: Verbosity
    /// True where a person watches: progress is shown.
    let isWatched: Bool
    /// True where output goes to a terminal.
    let isTerminal: Bool
    /// True where a person sits at both ends: attaching makes sense.
    let isInteractive: Bool
    /// True where colour is welcome.
    let isColored: Bool
    /// True where colour is welcome in what is shown beside the result.
    let isProgressColored: Bool

    init(_ invocation: Invocation) {
        output = invocation.output
        errorOutput = invocation.errorOutput
        verbosity = invocation.verbosity
        isWatched = Terminal.isTerminal(STDERR_FILENO)
        isTerminal = Terminal.isTerminal(STDOUT_FILENO)
        isInteractive = isTerminal && Terminal.isTerminal(STDIN_FILENO)
        let wantsColor = (invocation.environment["NO_COLOR"] ?? "").isEmpty
        isColored = isTerminal && wantsColor
        isProgressColored = isWatched && wantsColor && invocation.environment["TERM"] != "dumb"
    }

    /// Says something beside the result, where that is wanted.
    func say(_ text: String) {
        if verbosity != .quiet { warn(text) }
    }

    /// Says something that matters for safety, or that went wrong: always.
    func warn(_ text: String) {
        errorOutput.writeLine("task: \(PlainText.lines(text))")
    }

    /// How what takes long is shown. Lines of `--verbose` come at any time, and nothing can be drawn beside them.
    private func form(json: Bool) -> BuildView.Form {
        if json { return .json }
        if verbosity == .quiet { return .silent }
        return isWatched && verbosity == .normal ? .live(isColored: isProgressColored) : .plain
    }

    /// Shows that something goes on, on a live line below everything, once it has taken half a second. It is gone when
    /// `body` returns, and before, when `body` calls what it is given: before it prints something.
    func showing<Value>(
        _ text: String, _ body: (@escaping @Sendable () -> Void) async throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        let view = BuildView(form(json: false), output: output, errorOutput: errorOutput)
        view.show(text)
        defer { view.close() }
        return try await body { view.close() }
    }

    /// Runs something that can be taken back: an interrupt cancels it, and the command exits as the signal demands.
    /// Once it is done, an interrupt finds nothing to take back and must not keep the command from saying so: it only
    /// ends the command after `Interrupts.release()`.
    ///
    /// - Parameter json: true where builds are told as JSON on the output.
    func interruptible<Value: Sendable>(
        json: Bool = false, _ body: @escaping @Sendable (RunListener) async throws(TaskError) -> Value
    ) async throws(TaskError) -> Value {
        let view = BuildView(form(json: json), output: output, errorOutput: errorOutput)
        let listener = RunListener(
            progress: { view.show($0) }, warning: { view.warn($0) }, notice: { view.say($0) },
            build: { view.receive($0) })
        let work = Task { await Self.result { () async throws(TaskError) in try await body(listener) } }
        Interrupts.take { work.cancel() }
        let result = await work.value
        view.close()
        if case .failure(let error) = result {
            if let number = Interrupts.release() {
                warn(error.message)
                exit(128 + number)
            }
            throw error
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
