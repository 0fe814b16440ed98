/// The tokens of a JSON text, with the place where the next one begins.
struct JSONScanner {
    private let bytes: [UInt8]
    private var index = 0
    private(set) var position = JSONPosition()

    let dialect: JSONDialect

    init(bytes: [UInt8], dialect: JSONDialect) {
        self.bytes = bytes
        self.dialect = dialect
    }

    var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func advance() {
        let byte = bytes[index]
        index += 1
        if byte == UInt8(ascii: "\n") {
            position.line += 1
            position.column = 1
        } else if byte & 0xc0 != 0x80 {
            // A byte that continues a scalar is no column of its own.
            position.column += 1
        }
    }

    /// Skips what means nothing: space, and comments where there may be some.
    mutating func skipSpace() throws(JSONError) {
        while let byte = next {
            if byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
                advance()
            } else if dialect == .commented, bytes[index...].starts(with: "//".utf8) {
                while let byte = next, byte != 0x0a { advance() }
            } else if dialect == .commented, bytes[index...].starts(with: "/*".utf8) {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(JSONError) {
        let start = position
        advance()
        advance()
        while !bytes[index...].starts(with: "*/".utf8) {
            guard next != nil else { throw JSONError("the comment does not end", at: start) }
            advance()
        }
        advance()
        advance()
    }

    /// `true`, `false` or `null`.
    mutating func word() throws(JSONError) -> JSONValue.Content {
        for (text, content) in [("true", .bool(true)), ("false", .bool(false)), ("null", JSONValue.Content.null)]
        where bytes[index...].starts(with: text.utf8) {
            for _ in text.utf8 { advance() }
            return content
        }
        throw unexpected(expecting: "a value")
    }

    mutating func number() throws(JSONError) -> String {
        let start = index
        if next == UInt8(ascii: "-") { advance() }
        if next == UInt8(ascii: "0") {
            advance()
            if isDigit { throw error("a number begins with a zero") }
        } else {
            try digits()
        }
        if next == UInt8(ascii: ".") {
            advance()
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            advance()
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { advance() }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private var isDigit: Bool { next.map { (0x30...0x39).contains($0) } ?? false }

    private mutating func digits() throws(JSONError) {
        guard isDigit else { throw unexpected(expecting: "a digit") }
        while isDigit { advance() }
    }

    /// A string with its quotes; the value is unescaped.
    mutating func string() throws(JSONError) -> String {
        let start = position
        var content: [UInt8] = []
        advance()
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                advance()
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw JSONError("the string is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0..<0x20: throw error("a control character in a string; write it as \\u\(hex(UInt32(byte)))")
            default:
                content.append(byte)
                advance()
            }
        }
        throw JSONError("the string does not end", at: start)
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        let start = position
        advance()
        guard let byte = next else { throw unexpectedEnd() }
        advance()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0c)
        case UInt8(ascii: "n"): content.append(0x0a)
        case UInt8(ascii: "r"): content.append(0x0d)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try unicodeEscape(from: start)
            content += Array(String(Character(scalar)).utf8)
        default: throw JSONError("an escape that JSON does not have", at: start)
        }
    }

    /// The scalar of `\uXXXX`, or of two of them that are a surrogate pair; the first `\u` has been read.
    private mutating func unicodeEscape(from start: JSONPosition) throws(JSONError) -> Unicode.Scalar {
        var value = try fourDigits(from: start)
        if (0xd800...0xdbff).contains(value), bytes[index...].starts(with: "\\u".utf8) {
            advance()
            advance()
            let low = try fourDigits(from: start)
            guard (0xdc00...0xdfff).contains(low) else { throw JSONError("half of a surrogate pair", at: start) }
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw JSONError("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func fourDigits(from start: JSONPosition) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw JSONError("'\\u' without four hexadecimal digits", at: start)
            }
            value = value << 4 | UInt32(digit)
            advance()
        }
        return value
    }

    mutating func expect(_ byte: UInt8, orClosing closing: UInt8) throws(JSONError) {
        guard next == byte else {
            let (comma, end) = (Character(Unicode.Scalar(byte)), Character(Unicode.Scalar(closing)))
            throw unexpected(expecting: "'\(comma)' or '\(end)'")
        }
        advance()
    }

    func error(_ message: String) -> JSONError { JSONError(message, at: position) }

    func unexpectedEnd() -> JSONError { error("the file ends too early") }

    func unexpected(expecting what: String) -> JSONError {
        guard let byte = next else { return unexpectedEnd() }
        if index == 0, bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            return error("a byte order mark; save it without one")
        }
        let found = (0x21...0x7e).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "a character"
        return error("\(found) where \(what) should be")
    }
}

/// Four hexadecimal digits at least.
func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
}
