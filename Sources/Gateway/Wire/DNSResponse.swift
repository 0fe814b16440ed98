import NetworkPolicy

/// What a recursive resolver answered to a query of the gateway's own (RFC 1035, 4.1). Pure; bounded by the message's
/// length and by the limits below. Only addresses of the asked name are taken, and of the names that it is an alias
/// for.
struct DNSResponse {
    static let typeA: UInt16 = 1
    static let typeAAAA: UInt16 = 28

    /// How many aliases in a row are followed.
    static let mostAliases = 16
    /// How many addresses are taken; what comes after them is left out.
    static let mostAddresses = 64

    /// How the query was dealt with.
    let code: DNSResponseCode
    /// The addresses, in the order of the answer.
    private(set) var addresses: [IPAddress] = []
    /// How long they may be kept: the least time of the aliases and addresses used; 0 where there are none.
    private(set) var seconds: UInt32 = 0
    /// True where the answer did not fit and must be asked for over TCP. Nothing is taken from it.
    let isTruncated: Bool

    private static let typeCNAME = 5
    private static let classIN = 1

    private struct Record {
        let owner: [UInt8]
        let type: Int
        let seconds: UInt32
        /// The canonical name of an alias, or the bytes of an address.
        let value: [UInt8]
    }

    /// Reads an answer; nil where it is malformed or not the answer to this question. The name is a host's, the type A
    /// or AAAA. Where the transport tells answers apart by itself, no id is passed.
    init?(_ message: [UInt8], id: UInt16? = nil, name: String, type: UInt16) {
        guard let header = DNSHeader(message), header.isResponse, header.operation == 0, header.questionCount == 1,
            id == nil || id == header.id
        else { return nil }
        let asked = DNSName.wire(name)
        var position = DNSHeader.length
        guard DNSName.read(message, at: &position) == asked, position + 4 <= message.count,
            message.bigEndian(at: position) == type, message.bigEndian(at: position + 2) == Self.classIN
        else { return nil }
        position += 4
        code = DNSResponseCode(rawValue: header.flags & 0xf)
        isTruncated = header.flags & 0x0200 != 0
        if isTruncated { return }
        guard let records = Self.records(message, from: position, type: Int(type)) else { return nil }
        guard code == .noError else { return }
        guard take(records, asked: asked, type: Int(type)) else { return nil }
    }

    /// A query with "recursion desired" and room for answers of 1,232 bytes (RFC 6891, 6.1). The name is a host's.
    static func query(name: String, type: UInt16, id: UInt16) -> [UInt8] {
        let header: [UInt16] = [id, 0x0100, 1, 0, 0, 1]
        let options: [UInt8] = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]
        return header.flatMap(\.bigEndianBytes) + DNSName.wire(name) + type.bigEndianBytes + [0, UInt8(classIN)]
            + options
    }

    /// The answer section's aliases and addresses of the asked type; nil where the section is malformed.
    private static func records(_ message: [UInt8], from start: Int, type: Int) -> [Record]? {
        var records: [Record] = []
        var position = start
        for _ in 0..<message.bigEndian(at: 6) {
            guard let owner = DNSName.read(message, at: &position) else { return nil }
            var reader = ByteReader(message[position...])
            guard let kind = reader.number(2), let group = reader.number(2), let seconds = reader.number(4),
                let data = reader.part(countedBy: 2)
            else { return nil }
            position = reader.position
            guard group == classIN, kind == type || kind == typeCNAME else { continue }
            guard let value = value(message, data, isAlias: kind == typeCNAME, type: type) else { return nil }
            // The highest bit set means none at all (RFC 2181, 8).
            let kept = seconds > Int32.max ? 0 : UInt32(seconds)
            records.append(Record(owner: owner, type: kind, seconds: kept, value: value))
        }
        return records
    }

    private static func value(_ message: [UInt8], _ data: ArraySlice<UInt8>, isAlias: Bool, type: Int) -> [UInt8]? {
        guard isAlias else { return data.count == (type == typeA ? 4 : 16) ? Array(data) : nil }
        var position = data.startIndex
        guard let name = DNSName.read(message, at: &position), position == data.endIndex else { return nil }
        return name
    }

    /// Follows the aliases from the asked name and takes the addresses of the last; false where they contradict each
    /// other or do not end.
    private mutating func take(_ records: [Record], asked: [UInt8], type: Int) -> Bool {
        var name = asked
        var least = UInt32.max
        for _ in 0...Self.mostAliases {
            let own = records.filter { $0.owner == name }
            let aliases = own.filter { $0.type == Self.typeCNAME }
            guard let alias = aliases.first else {
                let found = own.prefix(Self.mostAddresses)
                addresses = found.compactMap { IPAddress(bytes: $0.value) }
                least = found.reduce(least) { min($0, $1.seconds) }
                seconds = addresses.isEmpty ? 0 : least
                return true
            }
            guard own.allSatisfy({ $0.type == Self.typeCNAME && $0.value == alias.value }) else { return false }
            name = alias.value
            least = min(least, alias.seconds)
        }
        return false
    }
}
