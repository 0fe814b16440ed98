/// A JSON value that knows where it stands.
public struct JSONValue: Hashable, Sendable {
    /// What a value is.
    public enum Content: Hashable, Sendable {
        /// `null`.
        case null
        /// `true` or `false`.
        case bool(Bool)
        /// A number as it is written, which RFC 8259 allows and no other.
        case number(String)
        /// A string, unescaped.
        case string(String)
        /// The values of an array.
        case array([JSONValue])
        /// The members of an object in the order in which they are written; no key comes twice.
        case object([JSONMember])
    }

    /// What it is.
    public let content: Content
    /// Where its first character is.
    public let position: JSONPosition

    /// A value with its place.
    public init(_ content: Content, at position: JSONPosition) {
        self.content = content
        self.position = position
    }

    /// What kind of value it is, with an article, as an error names it.
    public var kind: String {
        switch content {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// A key and its value.
public struct JSONMember: Hashable, Sendable {
    /// The key, unescaped.
    public let key: String
    /// Where the key stands.
    public let position: JSONPosition
    /// The value.
    public let value: JSONValue

    /// A key with its place and its value.
    public init(_ key: String, at position: JSONPosition, _ value: JSONValue) {
        self.key = key
        self.position = position
        self.value = value
    }
}
