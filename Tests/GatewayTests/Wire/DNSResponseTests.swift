import NetworkPolicy
import Testing

@testable import Gateway

@Suite("DNS responses") struct DNSResponseTests {
    /// A record with its owner as bytes.
    private struct Record {
        var owner: [UInt8]
        var type: UInt16
        var kind: UInt16 = 1
        var seconds: [UInt8] = [0, 0, 0, 60]
        var data: [UInt8]

        var bytes: [UInt8] {
            owner + Messages.words(type, kind) + seconds + Messages.words(UInt16(data.count)) + data
        }
    }

    private static let name = Messages.name("a.test")

    private func message(
        id: UInt16 = 7, flags: UInt16 = 0x8180, questions: UInt16 = 1, count: Int? = nil, name: [UInt8] = name,
        type: UInt16 = 1, kind: UInt16 = 1, _ records: [Record]
    ) -> [UInt8] {
        Messages.words(id, flags, questions, UInt16(count ?? records.count), 0, 0) + name + Messages.words(type, kind)
            + records.flatMap(\.bytes)
    }

    private func read(_ message: [UInt8], type: UInt16 = 1) -> DNSResponse? {
        DNSResponse(message, id: 7, name: "a.test", type: type)
    }

    private func address(_ owner: [UInt8] = name, _ last: UInt8 = 1, _ seconds: [UInt8] = [0, 0, 0, 60]) -> Record {
        Record(owner: owner, type: 1, seconds: seconds, data: [192, 0, 2, last])
    }

    private func alias(_ owner: [UInt8], _ target: [UInt8], _ seconds: [UInt8] = [0, 0, 0, 60]) -> Record {
        Record(owner: owner, type: 5, seconds: seconds, data: target)
    }

    private func v4(_ last: UInt32) -> IPAddress { IPAddress(v4: 0xc000_0200 + last) }

    @Test("a query says what is wanted, and how much room there is")
    func query() {
        #expect(
            DNSResponse.query(name: "A.test", type: 28, id: 0xabcd)
                == Messages.words(0xabcd, 0x0100, 1, 0, 0, 1) + Self.name + [0, 28, 0, 1]
                + [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0])
    }

    @Test("addresses in their order, with the least time")
    func addresses() throws {
        let records = [
            address(Self.name, 2, [0, 0, 1, 0]), address([0xc0, 12], 1), address(Messages.name("A.TEST"), 3),
        ]
        let response = try #require(read(message(name: Messages.name("A.Test"), records)))
        #expect(response.addresses == [v4(2), v4(1), v4(3)])
        #expect(response.seconds == 60)
    }

    @Test("IPv6 addresses, and IPv4 ones in disguise")
    func v6() throws {
        let mapped = [UInt8](repeating: 0, count: 10) + [255, 255, 127, 0, 0, 1]
        let plain = [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 1, count: 12)
        let records = [plain, mapped].map { Record(owner: Self.name, type: 28, data: $0) }
        let response = try #require(read(message(type: 28, records + [address()]), type: 28))
        #expect(response.addresses == [IPAddress(bytes: plain), IPAddress(v4: 0x7f00_0001)])
    }

    @Test("aliases are followed in any order, their times count")
    func aliases() throws {
        let (b, c) = (Messages.name("b.test"), Messages.name("\u{7}c_.test"))
        let chain = [alias(Self.name, b, [0, 0, 0, 50]), alias(b, c, [0, 0, 0, 9]), address(c)]
        for records in [chain, chain.reversed()] {
            let response = try #require(read(message(records)))
            #expect(response.addresses == [v4(1)])
            #expect(response.seconds == 9)
        }
    }

    @Test("what is not the asked name's, or of another type or class, is left out")
    func strangers() throws {
        let (b, evil) = (Messages.name("b.test"), Messages.name("evil.test"))
        let records = [
            address(evil, 66), alias(evil, b), alias(Self.name, b), address(Messages.name("z.test"), 67),
            Record(owner: b, type: 28, data: [UInt8](repeating: 0, count: 16)),
            Record(owner: b, type: 1, kind: 3, data: [1, 2, 3, 4]), Record(owner: b, type: 46, data: [1]),
            address(Messages.name("sub.b.test"), 68), address(b, 5),
        ]
        #expect(read(message(records))?.addresses == [v4(5)])
        #expect(read(message([alias(Self.name, b), address(evil, 66)]))?.addresses == [])
        // The alias's own address does not count beside it: such an answer contradicts itself.
        #expect(read(message([alias(Self.name, b), address(Self.name, 66), address(b)])) == nil)
        #expect(read(message([alias(Self.name, b), alias(Self.name, evil), address(b)])) == nil)
        #expect(read(message([alias(Self.name, b), alias(Self.name, b), address(b)]))?.addresses == [v4(1)])
    }

    @Test("16 aliases are followed, 17 and loops are not")
    func chains() {
        func chain(_ count: Int) -> [UInt8] {
            let names = [Self.name] + (0..<count).map { Messages.name("n\($0).test") }
            return message((0..<count).map { alias(names[$0], names[$0 + 1]) } + [address(names[count])])
        }
        #expect(read(chain(16))?.addresses == [v4(1)])
        #expect(read(chain(17)) == nil)
        let b = Messages.name("b.test")
        #expect(read(message([alias(Self.name, Self.name)])) == nil)
        #expect(read(message([alias(Self.name, b), alias(b, Self.name), address(b)])) == nil)
    }

    @Test("an answer to something else is none")
    func others() {
        let records = [address()]
        #expect(read(message(records)) != nil)
        #expect(read(message(id: 8, records)) == nil)
        #expect(DNSResponse(message(id: 8, records), name: "a.test", type: 1)?.addresses == [v4(1)])
        #expect(read(message(flags: 0x0100, records)) == nil)
        #expect(read(message(flags: 0x9180, records)) == nil)
        #expect(read(message(questions: 0, records)) == nil)
        #expect(read(message(questions: 2, records)) == nil)
        #expect(read(message(name: Messages.name("b.test"), records)) == nil)
        #expect(read(message(name: Messages.name("a.test.b"), records)) == nil)
        #expect(read(message(name: [0], records)) == nil)
        #expect(read(message(type: 28, records)) == nil)
        #expect(read(message(kind: 3, records)) == nil)
    }

    @Test("codes and truncation", arguments: 0...15 as ClosedRange<UInt16>)
    func codes(code: UInt16) throws {
        let response = try #require(read(message(flags: 0x8180 | code, [address()])))
        #expect(response.code.rawValue == code)
        #expect(response.addresses == (code == 0 ? [v4(1)] : []))
        let truncated = try #require(read(message(flags: 0x8380 | code, count: 5, [address()])))
        #expect(truncated.isTruncated && truncated.addresses.isEmpty && truncated.seconds == 0)
    }

    @Test("times of no records, and with the highest bit")
    func times() {
        #expect(read(message([]))?.seconds == 0)
        #expect(read(message([address(Self.name, 1, [0x80, 0, 0, 1])]))?.seconds == 0)
        #expect(read(message([address(Self.name, 1, [0x7f, 255, 255, 255])]))?.seconds == 0x7fff_ffff)
    }

    @Test("64 addresses are taken")
    func many() {
        #expect(read(message((0..<200).map { address([0xc0, 12], $0) }))?.addresses == (0..<64).map { v4($0) })
    }

    @Test("records that are not whole or have a wrong length")
    func malformed() {
        let whole = message([alias(Self.name, [0xc0, 12]), address()])
        for length in 0..<whole.count { #expect(read(Array(whole.prefix(length))) == nil, "\(length)") }
        #expect(read(message(count: 2, [address()])) == nil)
        for count in [0, 3, 5, 16] {
            let record = Record(owner: Self.name, type: 1, data: [UInt8](repeating: 1, count: count))
            #expect(read(message([record])) == nil)
        }
        #expect(read(message(type: 28, [Record(owner: Self.name, type: 28, data: [1, 2, 3, 4])]), type: 28) == nil)
        #expect(read(message([alias(Self.name, Messages.name("b.test") + [0])])) == nil)
        #expect(read(message([alias(Self.name, [1, 0x62])])) == nil)
    }

    @Test("pointers lead backwards and into the message, names have 255 bytes at most")
    func pointers() {
        // The first record begins behind the header and the question.
        let start = UInt8(12 + Self.name.count + 4)
        for target in [start, start + 1, 0, 11, 0xff] {
            #expect(read(message([address([0xc0, target])])) == nil, "\(target)")
        }
        #expect(read(message([address([0xff, 0xff])])) == nil)
        #expect(read(message([address([0x40, 12])])) == nil)
        #expect(read(message([address([0x80, 12])])) == nil)
        // To itself across a label, and into a label, where other bytes happen to be a name.
        #expect(read(message([address([1, 0x62, 0xc0, start])])) == nil)
        #expect(read(message([address([0xc0, 14])])) != nil)
        let long = Messages.name([[UInt8]](repeating: [UInt8](repeating: 0x62, count: 63), count: 3))
        let fits = Array(long.dropLast()) + [UInt8(61 - 7)] + [UInt8](repeating: 0x62, count: 54) + [0xc0, 12]
        #expect(read(message([alias(Self.name, fits)])) != nil)
        let over = Array(long.dropLast()) + [UInt8(62 - 7)] + [UInt8](repeating: 0x62, count: 55) + [0xc0, 12]
        #expect(read(message([alias(Self.name, over)])) == nil)
    }

    @Test("a long row of pointers ends")
    func pointerRow() {
        var bytes = message(count: 1, [])
        // A record that no one needs, full of pointers each to the one in front of it, then a name at their end.
        var row: [UInt8] = []
        let start = bytes.count + 11
        for index in 0..<5000 {
            let target = index == 0 ? 12 : start + 2 * (index - 1)
            row += Messages.words(0xc000 | UInt16(target))
        }
        bytes[7] = 2
        bytes += [0] + Messages.words(16, 1) + [0, 0, 0, 0] + Messages.words(UInt16(row.count)) + row
        bytes += address(Messages.words(0xc000 | UInt16(start + 2 * 4999))).bytes
        #expect(read(bytes)?.addresses == [v4(1)])
    }

    @Test("damaged answers are refused or yield addresses that stand in them", arguments: 1...8)
    func random(seed: UInt64) {
        var random = Seeded(seed)
        let b = Messages.name("b.test")
        let sample = message([alias([0xc0, 12], b), address(b, 1), address([0xc0, 36], 2)])
        for _ in 0..<2000 {
            var bytes = sample
            random.damage(&bytes)
            guard let response = read(bytes) else { continue }
            for address in response.addresses {
                let found = (0...max(0, bytes.count - 4)).contains { bytes[$0...].starts(with: address.bytes) }
                #expect(found)
            }
        }
    }
}
