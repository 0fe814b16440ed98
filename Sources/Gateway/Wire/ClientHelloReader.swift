/// Puts the first message of a TLS connection together from what arrives, in however many records and pieces (RFC
/// 8446, 5.1; RFC 5246, 6.2.1). Pure. What it says depends on the bytes alone, not on how they were cut.
struct ClientHelloReader {
    /// The longest ClientHello that is accepted, in bytes. Clients with post-quantum keys send about 1,800; resumption
    /// with large tickets makes it several thousand.
    static let longest = 32 << 10

    /// The most bytes that may carry it: a record of one byte has five more of its own.
    static let longestInput = 2 * longest

    /// How far the message has come.
    enum Step {
        /// More is needed.
        case incomplete
        /// The message is whole. The name is as it was sent, printable ASCII; nil where there is none.
        case hello(serverName: String?)
        /// It is no ClientHello, and nothing that follows can make it one.
        case malformed(StaticString)
    }

    /// Everything received so far, to be forwarded where the name is accepted.
    private(set) var bytes: [UInt8] = []

    /// Where in `bytes` the next record begins.
    private var position = 0
    /// What the records carried so far.
    private var message: [UInt8] = []
    private var outcome: Step?

    private static let recordHeader = 5
    private static let messageHeader = 4

    init() {}

    /// Takes what was received. Once there is an outcome, it stays; what comes later is only kept.
    mutating func append(_ received: [UInt8]) -> Step {
        bytes += received
        while outcome == nil {
            guard let record = nextRecord() else { return outcome ?? .incomplete }
            message += record
            outcome = readMessage()
        }
        return outcome ?? .incomplete
    }

    /// What the next record carries; nil where it is not whole, or where it is wrong and that is the outcome.
    private mutating func nextRecord() -> ArraySlice<UInt8>? {
        let rest = bytes[position...]
        if let first = rest.first, first != 22 { return refuse("not TLS") }
        guard rest.count >= Self.recordHeader else { return nil }
        let version = bytes.bigEndian(at: position + 1)
        guard ClientHello.versions.contains(version) else { return refuse("unknown TLS version") }
        let length = Int(bytes.bigEndian(at: position + 3))
        guard (1...1 << 14).contains(length) else { return refuse("bad record length") }
        let end = position + Self.recordHeader + length
        guard end <= Self.longestInput else { return refuse("the hello is too long") }
        guard bytes.count >= end else { return nil }
        defer { position = end }
        return bytes[position + Self.recordHeader..<end]
    }

    private mutating func refuse(_ reason: StaticString) -> ArraySlice<UInt8>? {
        outcome = .malformed(reason)
        return nil
    }

    private func readMessage() -> Step? {
        guard message[0] == 1 else { return .malformed("not a ClientHello") }
        guard message.count >= Self.messageHeader else { return nil }
        let length = Int(message[1]) << 16 | Int(message.bigEndian(at: 2))
        guard length <= Self.longest else { return .malformed("the hello is too long") }
        let end = Self.messageHeader + length
        guard message.count >= end else { return nil }
        guard message.count == end else { return .malformed("something follows the hello in its record") }
        switch ClientHello.read(message[Self.messageHeader...]) {
        case .hello(let name): return .hello(serverName: name)
        case .malformed(let reason): return .malformed(reason)
        }
    }
}

extension ClientHelloReader.Step: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.incomplete, .incomplete): true
        case (.hello(let one), .hello(let other)): one == other
        case (.malformed(let one), .malformed(let other)): one.description == other.description
        default: false
        }
    }
}
