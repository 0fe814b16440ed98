public import JSONText

/// What is wrong with a policy, where, and what to type next.
public struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file; nil where none is to blame.
    public var file: String?
    /// The place in the file; nil where the file as a whole is to blame.
    public var position: JSONPosition?
    /// What is wrong; lower case, no full stop. What it quotes is escaped.
    public let message: String
    /// The next command; nil where nothing sensible can be typed.
    public var next: String?

    /// An error.
    public init(_ message: String, file: String? = nil, at position: JSONPosition? = nil, next: String? = nil) {
        self.message = message
        self.file = file
        self.position = position
        self.next = next
    }

    /// An error of a file's text.
    public init(_ error: JSONError, file: String, next: String? = nil) {
        self.init(error.message, file: file, at: error.position, next: next)
    }

    /// The message with its place: "policies/own.json:3:7: unknown key …".
    public var located: String {
        guard let file else { return message }
        let name = JSONText.quoted(file).dropFirst().dropLast()
        return position.map { "\(name):\($0): \(message)" } ?? "\(name): \(message)"
    }

    /// One or two lines: the message with its place, and the next command.
    public var description: String {
        next.map { "\(located)\n  next: \($0)" } ?? located
    }
}
