import EngineAPI
import Synchronization
import System
import TaskModel

/// What a builder says, passed on and remembered as far as an error needs it.
final class BuildLog: Sendable {
    private struct State {
        var names: [String: String] = [:]
        var last: String?
        var failed: String?
        var saysThatNoSpaceIsLeft = false
    }

    private let state = Mutex(State())
    private let listener: @Sendable (BuildEvent) -> Void
    private let added: [String]?

    /// - Parameter added: what a layer of our own adds, which says more than its steps' text.
    init(_ listener: @escaping @Sendable (BuildEvent) -> Void, added: [String]? = nil) {
        self.listener = listener
        self.added = added
    }

    /// The name of the step that failed, as it stands in the Containerfile; else of the last one that began.
    var step: String? {
        state.withLock { state in (state.failed ?? state.last).flatMap { state.names[$0] } }
    }

    /// True where a step's program has written ENOSPC's words, strerror(3): the builder itself only knows its exit code.
    var saysThatNoSpaceIsLeft: Bool { state.withLock { $0.saysThatNoSpaceIsLeft } }

    func receive(_ event: BuildProgress) {
        switch event {
        case .started(let step, let name):
            var plain = PlainText.line(Self.instruction(name), limit: 300)
            if let added, plain.hasPrefix("RUN [") { plain = "RUN add \(added.joined(separator: ", "))" }
            state.withLock { state in
                state.names[step] = plain
                state.last = step
            }
            listener(.started(step: step, name: plain))
        case .cached(let step): listener(.cached(step: step))
        case .finished(let step): listener(.finished(step: step))
        case .failed(let step, let message):
            // The steps beside the failing one are cancelled, and say so afterwards.
            state.withLock { state in if state.failed == nil { state.failed = step } }
            listener(.failed(step: step, message: PlainText.lines(message)))
        case .log(let step, let text):
            if text.contains("No space left on device") { state.withLock { $0.saysThatNoSpaceIsLeft = true } }
            listener(.log(step: step, text: PlainText.lines(text)))
        }
    }

    /// BuildKit numbers steps, `[stage 2/5] RUN make`; the instruction begins after that.
    private static func instruction(_ name: String) -> String {
        guard name.hasPrefix("["), let end = name.firstIndex(of: "]") else { return name }
        let rest = name[name.index(after: end)...].drop { $0 == " " }
        return rest.isEmpty || name.hasPrefix("[internal]") ? name : String(rest)
    }
}

/// Turns a failed build into what the user is told.
struct BuildTrouble {
    let image: String
    let path: String?
    let place: String
    let hint: String?

    func error(_ error: EngineError, _ log: BuildLog) -> TaskError {
        switch error {
        case .cancelled: return TaskError(.noSandbox, "the build of the image '\(image)' was cancelled")
        case .request(_, let reason):
            return TaskError(.noSandbox, "cannot build the image '\(image)': \(PlainText.line(reason))")
        case .response:
            guard let failure = error.buildFailure else { return error.asTaskError("build the image '\(image)'") }
            return failed(failure, log)
        default: return error.asTaskError("build the image '\(image)'")
        }
    }

    private var spaceAdvice: String { "task image prune, and see: \(place) system df" }

    private func failed(_ failure: BuildFailure, _ log: BuildLog) -> TaskError {
        let step = log.step
        let message = PlainText.line(failure.message, limit: 1000)
        var outcome = message
        var next = path.map { "correct '\(PlainText.line($0))', then the same command again" }
        switch failure.kind {
        case .disk:
            outcome = "the disk of \(place) is full: \(message)"
            next = spaceAdvice
        case .program(let code):
            outcome = "it ended with exit code \(code)"
            if log.saysThatNoSpaceIsLeft {
                outcome += "; it says that no space is left"
                next = spaceAdvice
            }
        case .base: next = "task image import <archive>, then the same command again"
        case .disturbed: next = "the same command again"
        default: break
        }
        let isCopy = step.map { $0.hasPrefix("COPY") || $0.hasPrefix("ADD") } ?? false
        if let hint, isCopy || failure.kind == .missingSource { outcome += "; \(hint)" }
        let place = step.map { " at the step '\($0)'" } ?? ""
        return TaskError(.noSandbox, "cannot build the image '\(image)'\(place): \(outcome)", next: next)
    }
}
