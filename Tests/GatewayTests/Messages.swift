@testable import Gateway

/// Queries and names, built by hand.
enum Messages {
    /// Labels with their lengths and the root.
    static func name(_ labels: [[UInt8]]) -> [UInt8] {
        labels.flatMap { [UInt8($0.count)] + $0 } + [0]
    }

    static func name(_ text: String) -> [UInt8] {
        name(text.split(separator: ".").map { Array($0.utf8) })
    }

    /// A query with "recursion desired", as resolvers send it.
    static func query(
        id: UInt16 = 0x1234, flags: UInt16 = 0x0100, questions: UInt16 = 1, additional: UInt16 = 0, name: [UInt8],
        type: UInt16 = 1, kind: UInt16 = 1, rest: [UInt8] = []
    ) -> [UInt8] {
        words(id, flags, questions, 0, 0, additional) + name + words(type, kind) + rest
    }

    static func words(_ words: UInt16...) -> [UInt8] { words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] } }

    /// The OPT record that most resolvers add (RFC 6891): 1232 bytes, DNSSEC OK.
    static let edns: [UInt8] = [0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0]
}
