/// Why a build failed: what the three builders say in words of their own, told apart.
///
/// The words are for people and change with the builders, so this decides nothing but which advice to give. What each
/// builder says is in `BuildTroubleTests`.
public struct BuildFailure: Sendable, Equatable {
    /// What went wrong.
    public enum Kind: Sendable, Equatable {
        /// The program of a `RUN` ended with this code.
        case program(exitCode: Int)
        /// The Dockerfile is none, at this line where the builder says so.
        case dockerfile(line: Int?)
        /// `COPY` or `ADD` of something that the context does not have; a link that leads out of it is nothing either.
        case missingSource
        /// There is no stage of the name that was asked for.
        case missingStage
        /// A base image is not there and could not be fetched.
        case base
        /// `RUN --mount` on a builder that does not know it.
        case mount
        /// The engine's disk is full. A program that finds it full says so in its output only.
        case disk
        /// Images were removed at the same time, and Podman's builder looked at one of them. The same build can succeed
        /// the next moment; `buildImage` tries that itself where the context can be sent again.
        case disturbed
        /// Anything else.
        case other
    }

    /// What went wrong.
    public let kind: Kind
    /// The builder's words, without those about itself.
    public let message: String

    /// Reads what a builder said.
    init(_ said: String) {
        var text = said[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        let full = String(text)
        for beginning in [
            "failed to solve with frontend dockerfile.v0: ", "failed to solve: ", "failed to create LLB definition: ",
        ] where text.hasPrefix(beginning) { text = text.dropFirst(beginning.count) }
        if text.hasPrefix("building at STEP \""), let end = Self.endOfStep(text) { text = text[end...] }
        message = String(text)
        kind = Self.kind(full)
    }

    /// Where Podman's own words begin, after the step that it quotes as it is.
    private static func endOfStep(_ text: Substring) -> String.Index? {
        let mark = Array("\": ".utf8)
        let bytes = text.utf8
        var found: String.Index?
        var at = bytes.startIndex
        while at < bytes.endIndex {
            if bytes[at...].starts(with: mark) {
                found = bytes.index(at, offsetBy: mark.count)
                break
            }
            at = bytes.index(after: at)
        }
        // A step may have such a mark in it; what a program's end is told with comes last.
        if let last = text.ranges(of: "\": while running runtime").last {
            return text.index(last.lowerBound, offsetBy: mark.count)
        }
        return found
    }

    private static func kind(_ text: String) -> Kind {
        // Before all others: the text of a step, which is quoted, may be anything.
        for mark in ["returned a non-zero code: ", "exit code: ", "exit status "] {
            if let range = text.ranges(of: mark).last, let code = Int(text[range.upperBound...]) {
                return .program(exitCode: code)
            }
        }
        func says(_ marks: [String]) -> Bool { marks.contains { text.contains($0) } }
        if says(["no space left on device"]) { return .disk }
        if says(["layer not known", "image not known"]) { return .disturbed }
        if says(["the --mount option requires BuildKit"]) { return .mount }
        if says(["failed to reach build target", "target stage", "was not found in the provided Dockerfile"]) {
            return .missingStage
        }
        if let range = text.ranges(of: "parse error line ").last ?? text.ranges(of: "parse error on line ").last {
            return .dockerfile(line: Int(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber }))
        }
        if says([
            "Build error: Unknown instruction", "no FROM statement found", "no build stage in current context",
            "cannot be empty", "no contents in", " only supports the --", "should not be blank",
        ]) {
            return .dockerfile(line: nil)
        }
        if says(["COPY failed: ", "ADD failed: ", "checking on sources under", "failed to compute cache key: "])
            || text.contains("error") && text.contains(" copier")
        {
            return .missingSource
        }
        if says([
            "initializing source docker://", "dial tcp", "no such host", "failed to do request", "manifest unknown",
            "pull access denied", "failed to resolve source metadata", "/v2/",
        ]) {
            return .base
        }
        return .other
    }
}

extension EngineError {
    /// What a builder said, where this is a build that failed.
    public var buildFailure: BuildFailure? {
        guard case .response(_, let message, "POST /build") = self else { return nil }
        return BuildFailure(message)
    }
}
