/// What to do with a message that came to the name server (RFC 1035, 4.1). Pure, and bounded by the length of the
/// message: nothing in it is followed, only read once from front to back.
enum DNSRequest: Equatable {
    /// Someone asks for a name.
    case lookUp(DNSQuestion)
    /// Nothing needs to be looked up to give this answer.
    case answer([UInt8])
    /// It is no query, and must not be answered, or two servers could go on answering each other.
    case ignore

    /// Reads a message. What follows the question (as EDNS does, RFC 6891) is not looked at.
    init(_ message: [UInt8]) {
        guard let header = DNSHeader(message), !header.isResponse else {
            self = .ignore
            return
        }
        guard header.operation == 0 else {
            self = .answer(header.answer(.notImplemented))
            return
        }
        guard header.questionCount == 1, let question = DNSQuestion(header: header, message: message) else {
            self = .answer(header.answer(.malformed))
            return
        }
        self = question.isInternet ? .lookUp(question) : .answer(question.answer(.refused))
    }
}

/// How a query was dealt with (RFC 1035, 4.1.1).
struct DNSResponseCode: RawRepresentable, Equatable {
    /// Four bits.
    let rawValue: UInt16

    static let noError = DNSResponseCode(rawValue: 0)
    static let malformed = DNSResponseCode(rawValue: 1)
    static let noSuchName = DNSResponseCode(rawValue: 3)
    static let notImplemented = DNSResponseCode(rawValue: 4)
    static let refused = DNSResponseCode(rawValue: 5)
}

/// The parts of a message's first twelve bytes that matter to a server.
struct DNSHeader: Equatable {
    static let length = 12

    let id: UInt16
    let flags: UInt16
    let questionCount: UInt16

    /// Nil for a message that is too short to have a header.
    init?(_ message: [UInt8]) {
        guard message.count >= Self.length else { return nil }
        id = message.bigEndian(at: 0)
        flags = message.bigEndian(at: 2)
        questionCount = message.bigEndian(at: 4)
    }

    var isResponse: Bool { flags & 0x8000 != 0 }
    var operation: UInt16 { flags >> 11 & 0xf }

    /// An answer without records: the query's id, operation and wish for recursion, and "recursion available". Where
    /// records are announced, the caller appends them. EDNS is not spoken, so no answer has an OPT record, whatever the
    /// query has (RFC 6891, 7).
    func answer(_ code: DNSResponseCode, question: [UInt8] = [], records: UInt16 = 0) -> [UInt8] {
        let flags = 0x8080 | flags & 0x7900 | code.rawValue
        return [id, flags, question.isEmpty ? 0 : 1, records, 0, 0].flatMap(\.bigEndianBytes) + question
    }
}
