/// Takes the bytes of a DNS connection apart into messages (RFC 1035, 4.2.2: two bytes of length before each). Pure.
struct DNSStream {
    /// The longest query that is read. A name has at most 255 bytes; what else a query carries is small.
    static let longest = 4096

    private var pending: [UInt8] = []

    /// True between two messages.
    var isEmpty: Bool { pending.isEmpty }

    /// Appends what was received and returns the messages that are whole now; nil where one has an impossible length,
    /// after which nothing that follows can be understood.
    mutating func append(_ bytes: [UInt8]) -> [[UInt8]]? {
        pending += bytes
        var messages: [[UInt8]] = []
        var position = 0
        while pending.count - position >= 2 {
            let length = Int(pending.bigEndian(at: position))
            guard (DNSHeader.length...Self.longest).contains(length) else { return nil }
            guard pending.count - position - 2 >= length else { break }
            messages.append(Array(pending[position + 2..<position + 2 + length]))
            position += 2 + length
        }
        pending.removeFirst(position)
        return messages
    }

    /// A message as it is sent.
    static func frame(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8 & 0xff), UInt8(message.count & 0xff)] + message
    }
}
