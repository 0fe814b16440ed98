extension IPAddress {
    /// Reads an address as it is usually written: four decimal numbers without leading zeros, or RFC 4291, 2.2 for IPv6.
    ///
    /// Nil for every other spelling that some programs take for an address (`127.1`, `0x7f.1`, `2130706433`), for zones
    /// (`fe80::1%eth0`) and for brackets.
    public init?(_ text: String) {
        guard text.utf8.count <= 45 else { return nil }
        let bytes = Array(text.utf8)
        if bytes.contains(UInt8(ascii: ":")) {
            guard let parsed = Self.parseV6(bytes) else { return nil }
            self.init(bytes: parsed)
        } else {
            guard let parsed = Self.parseV4(bytes[...]) else { return nil }
            self.init(bytes: parsed)
        }
    }

    private static func parseV4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard let value = decimal(part, limit: 255) else { return nil }
            bytes.append(UInt8(value))
        }
        return bytes
    }

    private static func parseV6(_ text: [UInt8]) -> [UInt8]? {
        // What stands before "::" and what stands behind; without it, everything stands before.
        var halves: [[UInt8]] = []
        var rest = text[...]
        if let gap = firstGap(in: text) {
            guard let front = groups(text[..<gap], endsText: false) else { return nil }
            halves.append(front)
            rest = text[(gap + 2)...]
        }
        guard let back = groups(rest, endsText: true) else { return nil }
        halves.append(back)
        let given = halves.reduce(0) { $0 + $1.count }
        // "::" stands for one group at least (RFC 5952, 4.2.2 forbids it for a single one, RFC 4291 does not).
        guard halves.count == 1 ? given == 16 : given <= 14 else { return nil }
        return halves.count == 1 ? halves[0] : halves[0] + [UInt8](repeating: 0, count: 16 - given) + halves[1]
    }

    private static func firstGap(in text: [UInt8]) -> Int? {
        let colon = UInt8(ascii: ":")
        return text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    }

    /// The bytes of groups between single colons; an IPv4 address may stand at the end of the whole text.
    private static func groups(_ text: ArraySlice<UInt8>, endsText: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if endsText, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let last = parseV4(part) else { return nil }
                bytes += last
                continue
            }
            guard (1...4).contains(part.count), part.allSatisfy({ hexDigit($0) != nil }) else { return nil }
            let value = part.reduce(UInt16(0)) { $0 << 4 | UInt16(hexDigit($1) ?? 0) }
            bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
        }
        return bytes
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension IPNetwork {
    /// Reads a block ("10.0.0.0/8") or a single address; nil where bits after the prefix are set.
    public init?(_ text: String) {
        guard text.utf8.count <= 49 else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(decoding: parts[0], as: UTF8.self)) else { return nil }
        if parts.count == 1 {
            self.init(address)
        } else {
            guard let length = decimal(Array(parts[1])[...], limit: 128) else { return nil }
            self.init(address, prefixLength: length)
        }
    }
}

/// A decimal number without sign and leading zeros; nil for anything else and above the limit.
func decimal(_ text: ArraySlice<UInt8>, limit: Int) -> Int? {
    guard (1...6).contains(text.count), text.allSatisfy({ (48...57).contains($0) }) else { return nil }
    if text.first == UInt8(ascii: "0"), text.count > 1 { return nil }
    let value = text.reduce(0) { $0 * 10 + Int($1 - 48) }
    return value <= limit ? value : nil
}
