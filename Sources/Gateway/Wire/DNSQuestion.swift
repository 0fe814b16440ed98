import NetworkPolicy

/// The one question of a query (RFC 1035, 4.1.2).
struct DNSQuestion: Equatable {
    let header: DNSHeader
    /// The question as it came. The answer repeats it byte for byte: resolvers compare the case of every letter.
    let bytes: [UInt8]
    /// The name in lower case, with every byte that is not a printable character of its own as `\DDD`.
    let name: String
    /// The name where it is one that a host can have. Never made from the shown form: a label may have dots of its own.
    let hostName: HostName?
    /// What kind of record is asked for.
    let type: UInt16
    /// True for class IN, the only one in use.
    let isInternet: Bool

    /// Nil where the name is not whole, has a label of more than 63 bytes or is longer than 255, or is a pointer:
    /// nothing stands before the only question that it could point to.
    init?(header: DNSHeader, message: [UInt8]) {
        var labels: [ArraySlice<UInt8>] = []
        var position = DNSHeader.length
        while true {
            guard position < message.count, position - DNSHeader.length < 255 else { return nil }
            let length = Int(message[position])
            position += 1
            if length == 0 { break }
            guard length <= 63, position + length <= message.count else { return nil }
            labels.append(message[position..<position + length])
            position += length
        }
        guard position + 4 <= message.count else { return nil }
        self.header = header
        bytes = Array(message[DNSHeader.length..<position + 4])
        name = Self.text(labels)
        hostName = Self.hostName(labels)
        type = message.bigEndian(at: position)
        isInternet = message.bigEndian(at: position + 2) == 1
    }

    /// An answer without records.
    func answer(_ code: DNSResponseCode) -> [UInt8] { header.answer(code, question: bytes) }

    /// An answer with one address, in host order, that may be kept for some seconds. Only right for type A.
    func answer(address: UInt32, seconds: UInt32) -> [UInt8] {
        // The owner is a pointer to the question's name; then type A, class IN, time to live, four bytes.
        header.answer(.noError, question: bytes, records: 1)
            + [0xc0, UInt8(DNSHeader.length), 0, 1, 0, 1] + seconds.bigEndianBytes + [0, 4] + address.bigEndianBytes
    }

    /// The answer that the name exists and has no record of this type (RFC 2308, 2.2).
    var noData: [UInt8] { answer(.noError) }

    private static func hostName(_ labels: [ArraySlice<UInt8>]) -> HostName? {
        guard !labels.isEmpty, labels.allSatisfy({ !$0.contains(UInt8(ascii: ".")) && $0.allSatisfy { $0 < 0x80 } })
        else { return nil }
        return HostName(String(decoding: Array(labels.joined(separator: [UInt8(ascii: ".")])), as: UTF8.self))
    }

    private static let longestText = 255

    private static func text(_ labels: [ArraySlice<UInt8>]) -> String {
        if labels.isEmpty { return "." }
        var text: [UInt8] = []
        for label in labels {
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            for byte in label { text += escaped(byte) }
        }
        if text.count > longestText { text = text.prefix(longestText - 3) + Array("...".utf8) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): [byte | 0x20]
        case UInt8(ascii: "."), UInt8(ascii: "\\"), ...0x20, 0x7f...:
            [UInt8(ascii: "\\")] + [byte / 100, byte / 10 % 10, byte % 10].map { UInt8(ascii: "0") + $0 }
        default: [byte]
        }
    }
}
