/// The name of a task, which is also its id: `^[a-z0-9][a-z0-9-]{0,39}$`. Whoever holds one may use it in a path, a
/// label or a ref name.
public struct TaskID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The name.
    public let description: String

    /// Takes a name, or nil where it is malformed.
    public init?(_ name: String) {
        let bytes = Array(name.utf8)
        guard (1...40).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.allSatisfy(Self.isAllowed) else {
            return nil
        }
        description = name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// The branch that the task comes back as.
    public var branch: String { "task/\(description)" }

    /// Alphabetical order.
    public static func < (left: TaskID, right: TaskID) -> Bool { left.description < right.description }

    /// Decodes a string of the right form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = TaskID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a task name")
        }
        self = id
    }

    /// Encodes as a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
