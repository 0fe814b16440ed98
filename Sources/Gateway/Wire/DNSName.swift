/// A name as DNS messages carry it (RFC 1035, 3.1), uncompressed and in lower case, so that equal names are equal bytes.
enum DNSName {
    static let longest = 255

    /// From the form with dots. The caller passes names of hosts only, which always fit.
    static func wire(_ name: String) -> [UInt8] {
        var wire: [UInt8] = []
        for label in name.utf8.split(separator: UInt8(ascii: ".")) {
            wire.append(UInt8(label.count))
            wire += label.map(lowered)
        }
        return wire + [0]
    }

    /// Reads a name that may end in a pointer to an earlier one (RFC 1035, 4.1.4) and moves the position behind it. Nil
    /// where it is not whole, is too long, or has a pointer that does not lead strictly backwards; so it ends.
    static func read(_ message: [UInt8], at position: inout Int) -> [UInt8]? {
        var name: [UInt8] = []
        var cursor = position
        var limit = position
        var isElsewhere = false
        while cursor < message.count {
            let byte = Int(message[cursor])
            switch byte {
            case 0:
                if !isElsewhere { position = cursor + 1 }
                return name + [0]
            case 1...63:
                guard cursor + 1 + byte <= message.count, name.count + 1 + byte < longest else { return nil }
                name.append(UInt8(byte))
                name += message[cursor + 1..<cursor + 1 + byte].map(lowered)
                cursor += 1 + byte
            case 0xc0...:
                guard cursor + 2 <= message.count else { return nil }
                let target = Int(message.bigEndian(at: cursor)) & 0x3fff
                guard (DNSHeader.length..<limit).contains(target) else { return nil }
                if !isElsewhere { position = cursor + 2 }
                isElsewhere = true
                limit = target
                cursor = target
            default: return nil
            }
        }
        return nil
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
