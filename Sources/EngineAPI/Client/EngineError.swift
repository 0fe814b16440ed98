import Glibc

/// Why a request to an engine gave no result.
public enum EngineError: Error, Sendable, Equatable {
    /// No conversation took place, or it broke off. `socket` is the path that was dialled.
    case unreachable(socket: String, reason: UnreachableReason)
    /// The engine's API version and ours do not overlap.
    case incompatible(socket: String, reason: String)
    /// The request could not be made: a name that cannot stand in a path, or a body whose source failed.
    case request(route: String, reason: String)
    /// The engine refused, in its own words. A failure reported inside a stream that had begun well (build, import,
    /// pull) has status 200.
    case response(status: Int, message: String, route: String)
    /// The request took longer than it was given; it has been ended.
    case timedOut(route: String, seconds: Double)
    /// A registry has said nothing of an image within the time that it was given; the request has been ended.
    case silentRegistry(registry: String, seconds: Int)
    /// The calling task was cancelled; the request has been ended.
    case cancelled
    /// The reply breaks the protocol, or one of our bounds.
    case malformed(route: String, what: String)
}

/// Why a socket gave no conversation.
public enum UnreachableReason: Sendable, Equatable {
    /// Nothing of that name: `ENOENT`, `ENOTDIR`.
    case missing
    /// The name exists and nobody listens: `ECONNREFUSED`.
    case refused
    /// `EACCES`, `EPERM`.
    case permissionDenied
    /// Anything else, among it a connection lost half way, in the words of libcurl or the system.
    case failed(String)
}

extension EngineError {
    /// Whether the engine said that there is no such object (status 404).
    public var isNotFound: Bool { hasStatus(404) }

    /// Whether the engine said that the object's state or name forbids it (status 409).
    public var isConflict: Bool { hasStatus(409) }

    private func hasStatus(_ wanted: Int) -> Bool {
        if case .response(wanted, _, _) = self { return true }
        return false
    }
}

extension EngineError: CustomStringConvertible {
    /// One line for a person. What an engine said is bounded and free of control characters.
    public var description: String {
        switch self {
        case .unreachable(let socket, let reason): "engine at \(socket) cannot be reached: \(reason)"
        case .incompatible(let socket, let reason): "engine at \(socket) cannot be used: \(printable(reason))"
        case .request(let route, let reason): "\(route) was not sent: \(printable(reason))"
        case .response(let status, let message, let route): "\(route) failed (\(status)): \(printable(message))"
        case .timedOut(let route, let seconds): "\(route) timed out after \(seconds) s"
        case .silentRegistry(let registry, let seconds):
            "registry \(printable(registry)) has not answered within \(seconds) s"
        case .cancelled: "the request to the engine was cancelled"
        case .malformed(let route, let what): "\(route) was answered wrongly: \(printable(what))"
        }
    }
}

extension UnreachableReason: CustomStringConvertible {
    /// A few words for a person.
    public var description: String {
        switch self {
        case .missing: "no such socket"
        case .refused: "nothing listens there"
        case .permissionDenied: "permission denied"
        case .failed(let what): printable(what)
        }
    }

    /// The reason that an `errno` of `connect(2)` stands for.
    init(connectError code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing
        case ECONNREFUSED: self = .refused
        case EACCES, EPERM: self = .permissionDenied
        default: self = .failed(String(cString: strerror(code)))
        }
    }
}

/// An engine's text made fit for a terminal: what could move the cursor becomes a space, and it ends somewhere.
func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(2048) {
        let hostile: Bool =
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        result.append(hostile ? " " : scalar)
    }
    return String(result)
}
