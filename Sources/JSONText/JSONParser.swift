extension JSONValue {
    /// The most bytes of a text that is read: 1 MiB.
    public static let sizeLimit = 1 << 20
    /// How many arrays and objects may stand in each other.
    public static let depthLimit = 32

    /// Reads one JSON text (RFC 8259): strict UTF-8, no byte order mark, no key twice in an object, nothing after the
    /// value. It costs time and memory in proportion to the text, and no stack.
    public init(parsing bytes: [UInt8], _ dialect: JSONDialect = .strict) throws(JSONError) {
        guard bytes.count <= Self.sizeLimit else {
            throw JSONError("the file is larger than \(Self.sizeLimit >> 20) MiB", at: JSONPosition())
        }
        var parser = JSONParser(bytes: bytes, dialect: dialect)
        self = try parser.document()
    }
}

/// Which texts are read.
public enum JSONDialect: Sendable {
    /// JSON and nothing else.
    case strict
    /// With what people's editors allow in settings: `//` and `/* */`, and a comma after the last value.
    case commented
}

/// An array or object that has begun and not ended.
private struct OpenContainer {
    let position: JSONPosition
    let isObject: Bool
    var values: [JSONValue] = []
    var members: [JSONMember] = []
    var keys: Set<String> = []
    /// The key that waits for its value.
    var key: (text: String, position: JSONPosition)?

    var state: (closing: UInt8, isEmpty: Bool, isObject: Bool) {
        (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"), values.isEmpty && members.isEmpty, isObject)
    }

    mutating func append(_ value: JSONValue) {
        if let waiting = key {
            members.append(JSONMember(waiting.text, at: waiting.position, value))
            key = nil
        } else {
            values.append(value)
        }
    }

    var value: JSONValue { JSONValue(isObject ? .object(members) : .array(values), at: position) }
}

private struct JSONParser {
    var scanner: JSONScanner
    var open: [OpenContainer] = []

    init(bytes: [UInt8], dialect: JSONDialect) {
        scanner = JSONScanner(bytes: bytes, dialect: dialect)
    }

    mutating func document() throws(JSONError) -> JSONValue {
        try scanner.skipSpace()
        if scanner.next == nil { throw scanner.error("the file is empty") }
        var complete = try begin()
        while true {
            if let value = complete {
                guard !open.isEmpty else { return try end(value) }
                open[open.count - 1].append(value)
            }
            complete = try advance()
        }
    }

    /// Begins the value that stands here; nil where it is a container that has just been opened.
    private mutating func begin() throws(JSONError) -> JSONValue? {
        let position = scanner.position
        guard let byte = scanner.next else { throw scanner.unexpectedEnd() }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < JSONValue.depthLimit else {
                throw scanner.error("more than \(JSONValue.depthLimit) arrays and objects in each other")
            }
            open.append(OpenContainer(position: position, isObject: byte == UInt8(ascii: "{")))
            scanner.advance()
            return nil
        case UInt8(ascii: "\""): return JSONValue(.string(try scanner.string()), at: position)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return JSONValue(.number(try scanner.number()), at: position)
        default: return JSONValue(try scanner.word(), at: position)
        }
    }

    /// Goes on in the innermost container: its end, or its next value.
    private mutating func advance() throws(JSONError) -> JSONValue? {
        // Not the container itself: a second reference to its arrays would have every append copy them.
        let (closing, isEmpty, isObject) = open[open.count - 1].state
        try scanner.skipSpace()
        if scanner.next == closing {
            scanner.advance()
            return open.removeLast().value
        }
        if !isEmpty {
            try scanner.expect(UInt8(ascii: ","), orClosing: closing)
            try scanner.skipSpace()
            if scanner.next == closing {
                guard scanner.dialect == .commented else { throw scanner.error("a comma before the end") }
                scanner.advance()
                return open.removeLast().value
            }
        }
        if isObject { try key() }
        return try begin()
    }

    private mutating func key() throws(JSONError) {
        let position = scanner.position
        guard scanner.next == UInt8(ascii: "\"") else { throw scanner.unexpected(expecting: "a key in double quotes") }
        let key = try scanner.string()
        guard open[open.count - 1].keys.insert(key).inserted else {
            throw JSONError("the key \(JSONText.quoted(key)) is there twice", at: position)
        }
        open[open.count - 1].key = (key, position)
        try scanner.skipSpace()
        guard scanner.next == UInt8(ascii: ":") else { throw scanner.unexpected(expecting: "':'") }
        scanner.advance()
        try scanner.skipSpace()
    }

    private mutating func end(_ value: JSONValue) throws(JSONError) -> JSONValue {
        try scanner.skipSpace()
        if scanner.next != nil { throw scanner.unexpected(expecting: "the end of the file") }
        return value
    }
}
