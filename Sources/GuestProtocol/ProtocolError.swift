/// Why bytes are not a message, or a message cannot become bytes. The connection they came from is no longer usable.
public enum ProtocolError: Error, Equatable, Sendable {
    /// A frame's length field is 0 or above ``Bounds/frameLength``.
    case frameLength(UInt32)
    /// More bytes were appended to a decoder than two frames may hold.
    case overflow
    /// No message of this direction has this type.
    case unknownType(UInt8)
    /// The payload ends before the named field does.
    case truncated(field: String)
    /// The payload goes on after the last field.
    case trailingBytes(Int)
    /// The named field holds a value that its kind does not allow.
    case invalid(field: String)
    /// The named field is longer, or has more elements, than ``Bounds`` allow.
    case tooLong(field: String)
}

extension ProtocolError: CustomStringConvertible {
    /// One line for a person, in the form of every error of the program.
    public var description: String {
        switch self {
        case .frameLength(let length): "frame of \(length) bytes, allowed are 1 to \(Bounds.frameLength)"
        case .overflow: "more than two frames received ahead"
        case .unknownType(let type): "unknown message type \(type)"
        case .truncated(let field): "message ends inside \(field)"
        case .trailingBytes(let count): "message has \(count) bytes after its last field"
        case .invalid(let field): "invalid value of \(field)"
        case .tooLong(let field): "too long: \(field)"
        }
    }
}
