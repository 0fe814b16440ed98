/// What a user is told when something cannot be done: what failed with the object and its value, and the next command.
public struct TaskError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; it decides the exit code.
    public enum Kind: Sendable {
        /// The thing asked for failed.
        case failed
        /// The command was not understood.
        case usage
        /// No sandbox could be made.
        case noSandbox
        /// No sandbox could be made, because there is no engine to make it.
        case noEngine
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// What failed, the object and its value; lower case, no full stop.
    public let message: String
    /// What to type next; nil where nothing sensible can be typed.
    public let next: String?

    /// An error of the commonest kind: the thing asked for failed.
    public init(_ message: String, next: String? = nil) {
        self.init(.failed, message, next: next)
    }

    /// An error with its kind.
    public init(_ kind: Kind, _ message: String, next: String? = nil) {
        self.kind = kind
        self.message = message
        self.next = next
    }

    /// The exit code that goes with the kind.
    public var exitCode: Int32 {
        switch kind {
        case .failed: 1
        case .usage: 2
        case .noSandbox, .noEngine: 125
        }
    }

    /// Message and next command on one or two lines.
    public var description: String {
        next.map { "\(message)\n  next: \($0)" } ?? message
    }
}
