public import Glibc

/// A system call that failed: what was being done, to what, and why.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was being done, as a verb phrase ("open", "lock").
    public let operation: String
    /// The object, usually a path; it is escaped when shown.
    public let object: String
    /// The error number (errno(3)).
    public let code: Int32

    /// An error with an explicit number, by default the current `errno`.
    public init(_ operation: String, _ object: String, code: Int32 = errno) {
        self.operation = operation
        self.object = object
        self.code = code
    }

    /// One line: "cannot open '/x': no such file or directory".
    public var description: String {
        "cannot \(operation) '\(PlainText.line(object))': \(reason)"
    }

    /// The system's text for the number, in lower case (strerror(3)).
    public var reason: String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text).lowercased()
    }
}

/// Repeats a call while a signal interrupts it (EINTR), and throws where it returns -1.
@discardableResult
func check<Result: SignedInteger>(
    _ operation: String, _ object: String, _ call: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(operation, object, code: code) }
    }
}
