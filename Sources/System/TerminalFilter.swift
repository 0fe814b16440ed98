/// Terminal output of an agent turned into text that is safe to show: lines stay, colours may stay, and every other
/// control sequence is taken out. Works on pieces as they come, with bounded memory.
public struct TerminalFilter: Sendable {
    private enum State {
        case text
        case escape
        /// After `ESC [`: the parameters so far.
        case control([UInt8])
        /// In an operating system command, device control string or the like, up to its end.
        case string(afterEscape: Bool)
        /// One more byte belongs to the sequence (character set selections).
        case oneMore
    }

    private static let longestParameters = 64
    private let keepsColor: Bool
    private var state = State.text
    private var partial: [UInt8] = []
    private var sawReturn = false
    private var isColored = false
    private var isLineEmpty = true

    /// A filter; `keepsColor` lets colours and styles through (SGR, ECMA-48 8.3.117), for a terminal.
    public init(keepsColor: Bool) {
        self.keepsColor = keepsColor
    }

    /// What the next piece shows.
    public mutating func feed(_ bytes: some Sequence<UInt8>) -> String {
        var output = ""
        for byte in bytes { take(byte, &output) }
        return output
    }

    /// What ends the text: colours are switched off.
    public mutating func finish() -> String {
        defer { isColored = false }
        return isColored ? "\u{1B}[0m" : ""
    }

    private mutating func take(_ byte: UInt8, _ output: inout String) {
        switch state {
        case .text: takeText(byte, &output)
        case .escape: takeEscape(byte)
        case .control(let parameters): takeControl(byte, parameters, &output)
        case .string(let afterEscape):
            let isEnd = byte == 0x07 || byte == 0x18 || byte == 0x1A || afterEscape && byte == UInt8(ascii: "\\")
            state = isEnd ? .text : .string(afterEscape: byte == 0x1B)
        case .oneMore: state = .text
        }
    }

    private mutating func takeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "["): state = .control([])
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "k"):
            state = .string(afterEscape: false)
        case 0x20...0x2F: state = .oneMore
        case 0x1B: state = .escape
        default: state = .text
        }
    }

    private mutating func takeControl(_ byte: UInt8, _ parameters: [UInt8], _ output: inout String) {
        switch byte {
        case 0x20...0x3F where parameters.count < Self.longestParameters: state = .control(parameters + [byte])
        case 0x20...0x3F: break
        case 0x1B: state = .escape
        case 0x40...0x7E:
            state = .text
            let isStyle =
                byte == UInt8(ascii: "m") && parameters.count < Self.longestParameters
                && parameters.allSatisfy { (0x30...0x3B).contains($0) }
            if keepsColor, isStyle {
                output += "\u{1B}[\(String(decoding: parameters, as: UTF8.self))m"
                isColored = true
            }
        default: break
        }
    }

    private mutating func takeText(_ byte: UInt8, _ output: inout String) {
        if byte < 0x80 || byte >= 0xC0 { flushPartial(&output) }
        if byte >= 0x80 {
            partial.append(byte)
            if partial.count == Self.length(ofScalarStartingWith: partial[0]) { flushPartial(&output) }
            return
        }
        switch byte {
        case UInt8(ascii: "\n"):
            output += "\n"
            sawReturn = false
            isLineEmpty = true
            return
        case UInt8(ascii: "\r"):
            sawReturn = true
            return
        case 0x1B: state = .escape
        case UInt8(ascii: "\t"), 0x20...0x7E: show(String(UnicodeScalar(byte)), &output)
        default: break
        }
    }

    /// A return without a line feed means that the line is written anew: here the new one follows on a line of its own.
    private mutating func show(_ text: String, _ output: inout String) {
        if sawReturn, !isLineEmpty { output += "\n" }
        sawReturn = false
        isLineEmpty = false
        output += text
    }

    private mutating func flushPartial(_ output: inout String) {
        if partial.isEmpty { return }
        let text = String(decoding: partial, as: UTF8.self)
        partial = []
        for scalar in text.unicodeScalars where !(0x80...0x9F).contains(scalar.value) {
            show(PlainText.line(String(scalar)), &output)
        }
    }

    private static func length(ofScalarStartingWith byte: UInt8) -> Int {
        switch byte {
        case 0xC0...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF7: 4
        default: 1
        }
    }
}
