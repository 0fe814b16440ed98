import NetworkPolicy
import Testing

@testable import Gateway

@Suite("DNS answers") struct DNSAnswerTests {
    private func question(_ name: [UInt8], type: UInt16 = 1, flags: UInt16 = 0x0100) throws -> DNSQuestion {
        let query = Messages.query(flags: flags, additional: 1, name: name, type: type, rest: Messages.edns)
        guard case .lookUp(let question) = DNSRequest(query) else { throw Missing() }
        return question
    }

    private struct Missing: Error {}

    @Test("an address, whose owner is a pointer to the question")
    func address() throws {
        let name = Messages.name("wWw.eXample.test")
        #expect(
            try question(name).answer(address: 0xc612_0304, seconds: 0x0102_0304)
                == Messages.words(0x1234, 0x8180, 1, 1, 0, 0) + name + [0, 1, 0, 1]
                + [0xc0, 12, 0, 1, 0, 1, 1, 2, 3, 4, 0, 4, 198, 18, 3, 4])
        #expect(try question(name, flags: 0).answer(address: 1, seconds: 0)[2...3] == [0x80, 0x80])
    }

    @Test("the gateway's own parser understands it")
    func roundTrip() throws {
        let message = try question(Messages.name("a.test")).answer(address: 0xc612_0304, seconds: 60)
        let response = try #require(DNSResponse(message, id: 0x1234, name: "a.test", type: 1))
        #expect(response.addresses == [IPAddress(v4: 0xc612_0304)])
        #expect(response.seconds == 60)
        #expect(response.code == .noError && !response.isTruncated)
    }

    @Test("no data is a success without records", arguments: [28, 16, 65, 255] as [UInt16])
    func noData(type: UInt16) throws {
        let name = Messages.name("a.test")
        #expect(
            try question(name, type: type).noData
                == Messages.words(0x1234, 0x8180, 1, 0, 0, 0) + name + Messages.words(type, 1))
    }

    @Test(
        "a host's name is made of the labels themselves",
        arguments: [
            ([Array("WWW".utf8), Array("a-b_c".utf8), Array("test".utf8)], "www.a-b_c.test"),
            ([Array("localhost".utf8)], "localhost"), ([], nil), ([Array("www.a".utf8), Array("test".utf8)], nil),
            ([Array("a".utf8), Array("test.".utf8)], nil), ([Array("a\\046b".utf8)], nil), ([Array("a b".utf8)], nil),
            ([[0]], nil), ([[0xc3, 0xa4]], nil), ([[0xff]], nil), ([Array("-a".utf8)], nil), ([Array("127".utf8)], nil),
            ([Array("*".utf8), Array("test".utf8)], nil), ([Array("a\0".utf8), Array("test".utf8)], nil),
        ] as [([[UInt8]], String?)])
    func hostNames(labels: [[UInt8]], name: String?) throws {
        #expect(try question(Messages.name(labels)).hostName?.description == name)
    }
}
