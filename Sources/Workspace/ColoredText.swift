import System

/// Output of git with its colours, made safe for a terminal: of all escape sequences only "select graphic rendition"
/// (ECMA-48, SGR: `ESC [ … m`) stays, every other control character is made visible.
struct ColoredText {
    private var pending: [UInt8] = []
    private static let longestLine = 1 << 20

    /// Takes a piece, and gives what can be shown now.
    mutating func append(_ bytes: [UInt8]) -> [UInt8] {
        pending += bytes
        let end = pending.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        if end == 0, pending.count < Self.longestLine { return [] }
        let count = end == 0 ? pending.count : end
        defer { pending.removeFirst(count) }
        return Self.safe(pending.prefix(count))
    }

    /// Gives the rest.
    mutating func finish() -> [UInt8] {
        defer { pending = [] }
        return Self.safe(pending[...])
    }

    static func safe(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result = ""
        var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let start = rest.firstIndex(of: "\u{1B}") {
            result += PlainText.lines(String(rest[..<start]))
            rest = rest[start...]
            let length = colorLength(rest)
            result += length > 0 ? String(rest.prefix(length)) : PlainText.lines("\u{1B}")
            rest = rest.dropFirst(max(1, length))
        }
        return Array((result + PlainText.lines(String(rest))).utf8)
    }

    /// How long the colour sequence is that this starts with; 0 for none.
    private static func colorLength(_ text: Substring.UnicodeScalarView) -> Int {
        guard text.dropFirst().first == "[" else { return 0 }
        let parameters = text.dropFirst(2).prefix(32).prefix { ("0"..."9").contains($0) || $0 == ";" }
        return text.dropFirst(2 + parameters.count).first == "m" ? parameters.count + 3 : 0
    }
}
