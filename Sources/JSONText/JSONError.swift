/// Why a text is not the JSON that was expected, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong; lower case, no full stop. What it quotes from the text is escaped.
    public let message: String
    /// Where it is wrong.
    public let position: JSONPosition

    /// The line, from 1.
    public var line: Int { position.line }
    /// The column, from 1, in Unicode scalars.
    public var column: Int { position.column }

    /// An error at a place.
    public init(_ message: String, at position: JSONPosition) {
        self.message = message
        self.position = position
    }

    /// "3:7: unknown key …".
    public var description: String { "\(position): \(message)" }
}

/// A place in a text.
public struct JSONPosition: Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// The column, from 1, in Unicode scalars.
    public var column: Int

    /// A place; the beginning where nothing is said.
    public init(line: Int = 1, column: Int = 1) {
        self.line = line
        self.column = column
    }

    /// "3:7".
    public var description: String { "\(line):\(column)" }
}
