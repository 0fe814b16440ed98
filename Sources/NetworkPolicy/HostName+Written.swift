import JSONText

/// Why a text is not taken for a host's name.
public struct HostNameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence that quotes the text; lower case, no full stop.
    public let description: String

    init(_ text: String, _ reason: String) {
        description = "\(JSONText.excerpt(text)) \(reason)"
    }
}

extension HostName {
    /// A name as people write it: any case, international letters or their `xn--` form, perhaps a dot at the end.
    ///
    /// What could be read in two ways is refused with the reason: every spelling of an address, dots that are not `.`,
    /// letters whose normal form depends on tables that this program does not carry (RFC 5891 asks for NFC).
    public init(written text: String) throws(HostNameError) {
        guard !text.isEmpty else { throw HostNameError(text, "is empty") }
        guard text.utf8.count <= 1024 else { throw HostNameError(text, "is longer than a name can be") }
        for scalar in text.unicodeScalars {
            if let reason = Self.objection(to: scalar) { throw HostNameError(text, reason) }
        }
        var scalars = Array(text.unicodeScalars)
        if scalars.last == "." { scalars.removeLast() }
        var labels: [[UInt8]] = []
        for label in scalars.split(separator: ".", omittingEmptySubsequences: false) {
            guard !label.isEmpty else { throw HostNameError(text, "has an empty label (two dots, or one in front)") }
            labels.append(try Self.label(label, of: text))
        }
        let bytes = Array(labels.joined(separator: [UInt8(ascii: ".")]))
        guard bytes.count <= 253 else { throw HostNameError(text, "is longer than the 253 letters of a name") }
        if let last = labels.last, Self.isNumber(last[...]) {
            throw HostNameError(text, "is an address or would be taken for one: addresses have rules of their own")
        }
        guard let name = HostName(lowered: bytes[...]) else { throw HostNameError(text, "is no name of a host") }
        self = name
    }

    private static func objection(to scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": nil
        case "\0": "has a NUL"
        case ":": "has a ':': write the port, or an IPv6 address, in its own place"
        case "[", "]": "is an address in brackets, not a name"
        case "%": "has a '%': neither zones nor escapes belong in a name"
        case "@": "has a user's name before '@': write the host alone"
        case "/", "\\", "?", "#": "is a URL or a path: write the host alone"
        case "*": "has a '*' that is not a whole label in front, as in \"*.example.com\""
        case "\u{3002}", "\u{ff0e}", "\u{ff61}", "\u{2024}", "\u{fe52}": "has a dot that is not '.'"
        case " ": "has a space"
        default: foreignObjection(to: scalar)
        }
    }

    private static func foreignObjection(to scalar: Unicode.Scalar) -> String? {
        switch scalar.properties.generalCategory {
        case .control: return "has a control character"
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return "has a space"
        case .format: return "has an invisible character"
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: break
        case .nonspacingMark, .spacingMark, .enclosingMark:
            return "has a combining mark, of which the normal form is not certain: write it in its xn-- form"
        default: return "has a character that no name has"
        }
        if scalar.isASCII { return "has a character that no name has" }
        let lowered = scalar.properties.lowercaseMapping.unicodeScalars
        // U+212A is the one foreign letter that becomes an ASCII one: K for Kelvin.
        let isStable =
            lowered.count == 1 && lowered.allSatisfy { !$0.isASCII && !$0.properties.changesWhenNFKCCaseFolded }
        // Conjoining letters of Hangul are starters that compose with what follows.
        let isJamo = [0x1100...0x11ff, 0xa960...0xa97f, 0xd7b0...0xd7ff].contains { $0.contains(Int(scalar.value)) }
        return isStable && !isJamo
            ? nil : "has a letter of which the normal form is not certain: write it in its xn-- form"
    }

    /// One label in its ASCII form.
    private static func label(
        _ scalars: ArraySlice<Unicode.Scalar>, of text: String
    ) throws(HostNameError) -> [UInt8] {
        let lowered = scalars.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }
        var bytes: [UInt8]
        if lowered.allSatisfy(\.isASCII) {
            bytes = lowered.map { UInt8($0.value) }
            if bytes.starts(with: "xn--".utf8) { try checkInternational(bytes, of: text) }
        } else {
            guard let encoded = Punycode.encode(lowered) else {
                throw HostNameError(text, "has a label of more than 63 letters")
            }
            bytes = Array("xn--".utf8) + encoded
        }
        guard bytes.count <= 63 else { throw HostNameError(text, "has a label of more than 63 letters") }
        guard isLabel(bytes[...]) else { throw HostNameError(text, "has a label that begins or ends with '-'") }
        return bytes
    }

    /// An `xn--` label must stand for something, and be the only way to write it.
    private static func checkInternational(_ label: [UInt8], of text: String) throws(HostNameError) {
        guard let scalars = Punycode.decode(label.dropFirst(4)) else {
            throw HostNameError(text, "has an xn-- label that does not decode")
        }
        let isCanonical =
            scalars.contains { !$0.isASCII } && Punycode.encode(scalars).map { $0[...] } == label.dropFirst(4)
            && scalars.allSatisfy { !$0.properties.changesWhenLowercased && isVisible($0) }
        guard isCanonical else {
            throw HostNameError(text, "has an xn-- label that is not in its canonical form")
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator: false
        // The joiners are letters of some scripts (RFC 5892, A.1); all else of their kind is invisible.
        case .format: scalar.value == 0x200c || scalar.value == 0x200d
        default: true
        }
    }
}
