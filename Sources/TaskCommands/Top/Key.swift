/// A key that was pressed, or text that was pasted.
enum Key: Equatable {
    case character(Character)
    /// With the Control key: a small letter.
    case control(Character)
    case pasted(String)
    case up, down, pageUp, pageDown, home, end, enter, escape, backspace
}

/// Makes keys of what a terminal sends. Pure; what it does not know it passes over.
struct KeyReader {
    private enum State: Equatable {
        case text
        case escape
        /// After `ESC [` or `ESC O`: what follows up to the final byte.
        case sequence([UInt8])
        /// Between the marks of a terminal that tells what is pasted.
        case paste([UInt8])
    }

    private static let endOfPaste = Array("\u{1B}[201~".utf8)
    private static let longestPaste = 16 << 10
    private var state = State.text
    private var partial: [UInt8] = []

    /// True where what has come may be the Escape key, or the beginning of another.
    var isPending: Bool { state == .escape }

    /// The keys that some bytes are.
    mutating func read(_ bytes: [UInt8]) -> [Key] { bytes.compactMap { take($0) } }

    /// The key that was pending: nothing more has come for it.
    mutating func flush() -> [Key] {
        guard state == .escape else { return [] }
        state = .text
        return [.escape]
    }

    private mutating func take(_ byte: UInt8) -> Key? {
        switch state {
        case .text: return takeText(byte)
        case .escape:
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "O"):
                state = .sequence([])
                return nil
            // Twice: the first was the key itself.
            case 0x1B: return .escape
            default:
                // A key together with Alt.
                state = .text
                return nil
            }
        case .sequence(let bytes):
            guard (0x40...0x7E).contains(byte) else {
                state = bytes.count < 32 ? .sequence(bytes + [byte]) : .text
                return nil
            }
            state = .text
            return sequence(bytes, byte)
        case .paste(var bytes):
            bytes.append(byte)
            if bytes.suffix(Self.endOfPaste.count) == Self.endOfPaste[...] {
                state = .text
                let text = bytes.dropLast(Self.endOfPaste.count).prefix(Self.longestPaste)
                return .pasted(String(decoding: text, as: UTF8.self))
            }
            // What is too much is dropped, and the mark at its end is still looked for.
            if bytes.count > 2 * Self.longestPaste { bytes.removeSubrange(Self.longestPaste..<(bytes.count - 16)) }
            state = .paste(bytes)
            return nil
        }
    }

    private mutating func takeText(_ byte: UInt8) -> Key? {
        if byte >= 0x80 { return takePartial(byte) }
        partial = []
        switch byte {
        case 0x1B:
            state = .escape
            return nil
        case 0x0D, 0x0A: return .enter
        case 0x08, 0x7F: return .backspace
        case 0x01...0x1A: return .control(Character(UnicodeScalar(byte + 0x60)))
        case 0x20...0x7E: return .character(Character(UnicodeScalar(byte)))
        default: return nil
        }
    }

    private mutating func takePartial(_ byte: UInt8) -> Key? {
        if byte >= 0xC0 { partial = [] }
        partial.append(byte)
        let length = partial[0] >= 0xF0 ? 4 : partial[0] >= 0xE0 ? 3 : partial[0] >= 0xC0 ? 2 : 0
        guard partial.count >= length else { return nil }
        defer { partial = [] }
        guard let text = String(validating: partial, as: UTF8.self), let scalar = text.unicodeScalars.first,
            scalar.value >= 0xA0
        else { return nil }
        return .character(Character(scalar))
    }

    private mutating func sequence(_ bytes: [UInt8], _ final: UInt8) -> Key? {
        switch (
            String(decoding: bytes, as: UTF8.self).split(separator: ";").first ?? "", Character(UnicodeScalar(final))
        ) {
        case (_, "A"): return .up
        case (_, "B"): return .down
        case (_, "H"), ("1", "~"), ("7", "~"): return .home
        case (_, "F"), ("4", "~"), ("8", "~"): return .end
        case ("5", "~"): return .pageUp
        case ("6", "~"): return .pageDown
        case (_, "M") where bytes.isEmpty: return .enter
        case ("200", "~"):
            state = .paste([])
            return nil
        default: return nil
        }
    }
}
