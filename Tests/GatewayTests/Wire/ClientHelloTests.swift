import Testing

@testable import Gateway

@Suite("ClientHello") struct ClientHelloTests {
    private let found = ClientHelloReader.Step.hello(serverName: "allowed.test")

    /// What a reader says to bytes that come at once.
    private func read(_ bytes: [UInt8]) -> ClientHelloReader.Step {
        var reader = ClientHelloReader()
        return reader.append(bytes)
    }

    /// What it says to the same bytes one by one; every step in front of the last must be "incomplete".
    private func readByByte(_ bytes: [UInt8]) -> ClientHelloReader.Step {
        var reader = ClientHelloReader()
        var step = ClientHelloReader.Step.incomplete
        for byte in bytes where step == .incomplete { step = reader.append([byte]) }
        return step
    }

    private func expect(
        _ bytes: [UInt8], _ step: ClientHelloReader.Step, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(read(bytes) == step, sourceLocation: location)
        #expect(readByByte(bytes) == step, sourceLocation: location)
    }

    @Test("the name in the hellos of real programs", arguments: Hellos.named)
    func programs(hello: [UInt8]) {
        expect(hello, found)
    }

    @Test("a hello without a name, and one without extensions")
    func nameless() {
        expect(Hellos.nameless, .hello(serverName: nil))
        expect(SampleHello(extensions: nil).records(), .hello(serverName: nil))
        expect(SampleHello(extensions: []).records(), .hello(serverName: nil))
    }

    @Test("cut in two at any place, with nothing lost", arguments: Hellos.named)
    func splits(hello: [UInt8]) {
        for middle in 1..<hello.count {
            var reader = ClientHelloReader()
            let first = reader.append(Array(hello[..<middle]))
            #expect(first == .incomplete)
            let second = reader.append(Array(hello[middle...]))
            #expect(second == found)
            #expect(reader.bytes == hello)
        }
    }

    @Test("in records of any size", arguments: [1, 2, 3, 5, 64, 100, 500])
    func records(size: Int) {
        for hello in Hellos.named { expect(SampleHello.records(Array(hello.dropFirst(5)), of: size), found) }
    }

    @Test("what follows the hello is kept, and changes nothing")
    func rest() {
        for rest in [[20, 3, 3, 0, 1, 1], [23, 3, 3, 0, 1, 0], [0xff], [22, 3, 1, 0, 0]] as [[UInt8]] {
            var reader = ClientHelloReader()
            let step = reader.append(Hellos.curl + rest)
            #expect(step == found)
            #expect(reader.bytes == Hellos.curl + rest)
            let later = reader.append([1, 2, 3])
            #expect(later == found)
            #expect(reader.bytes == Hellos.curl + rest + [1, 2, 3])
        }
    }

    @Test("every shorter hello is incomplete", arguments: Hellos.named)
    func truncations(hello: [UInt8]) {
        for length in 0..<hello.count { #expect(read(Array(hello.prefix(length))) == .incomplete) }
    }

    @Test("a body that is shorter or longer than its parts is malformed", arguments: Hellos.named)
    func bodyLengths(hello: [UInt8]) {
        let body = Array(hello.dropFirst(9))
        // Without extensions at all is whole: where they begin, the hello may end.
        let whole = 2 + 32 + 1 + Int(body[34]) + 2
        let suites = Int(body[whole - 2]) << 8 | Int(body[whole - 1])
        let end = whole + suites + 2
        for length in 0..<body.count {
            let step = read(SampleHello.records([1] + SampleHello.counted(3, Array(body.prefix(length)))))
            if length == end {
                #expect(step == .hello(serverName: nil))
            } else {
                guard case .malformed = step else { return #expect(Bool(false), "\(length): \(step)") }
            }
        }
        expect(
            SampleHello.records([1] + SampleHello.counted(3, body + [0])), .malformed("bad extensions"))
    }

    @Test("every length that is one off is noticed")
    func mutatedLengths() {
        let hello = SampleHello().records()
        // In the record, the message, the session id, the suites, the compressions, the extensions, the extension, the
        // list and the name.
        for index in [4, 8, 43, 45, 48, 51, 55, 57, 60] {
            for change in [-1, 1] {
                var bytes = hello
                bytes[index] = UInt8(truncatingIfNeeded: Int(bytes[index]) + change)
                let step = read(bytes)
                #expect(step != found, "\(index) \(change)")
                #expect(readByByte(bytes) == step)
            }
        }
    }

    @Test("what is no record of a handshake")
    func records() {
        expect(Array("GET / HTTP/1.1\r\n".utf8), .malformed("not TLS"))
        expect(Array("SSH-2.0-OpenSSH\r\n".utf8), .malformed("not TLS"))
        expect([21, 3, 1, 0, 2, 2, 40], .malformed("not TLS"))
        // A hello of SSL 2 (RFC 5246, appendix E.2).
        expect([0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10], .malformed("not TLS"))
        for version in [0x0000, 0x0002, 0x0300, 0x0304, 0x0403, 0xffff] as [UInt16] {
            expect([22] + Messages.words(version) + [0, 5], .malformed("unknown TLS version"))
        }
        expect([22, 3, 1, 0, 0], .malformed("bad record length"))
        expect([22, 3, 1, 0x40, 1], .malformed("bad record length"))
        expect([22, 3, 1, 0x40, 0], .incomplete)
        // An empty record, or one of another type, between two pieces.
        let piece: [UInt8] = [22, 3, 1, 0, 2, 1, 0]
        expect(piece + [22, 3, 1, 0, 0], .malformed("bad record length"))
        expect(piece + [20, 3, 1, 0, 1, 1], .malformed("not TLS"))
    }

    @Test("what is no ClientHello")
    func messages() {
        for type in [0, 2, 4, 11, 22, 255] as [UInt8] {
            expect(SampleHello.records([type, 0, 0, 0]), .malformed("not a ClientHello"))
        }
        let message = SampleHello().message
        expect(SampleHello.records(message + [0]), .malformed("something follows the hello in its record"))
        expect(SampleHello.records(message + message), .malformed("something follows the hello in its record"))
        expect(SampleHello.records([1, 0, 0, 0]), .malformed("unknown TLS version"))
    }

    @Test("fields of the hello that no client sends")
    func fields() {
        for version in [0, 0x0300, 0x0304, 0xffff] as [UInt16] {
            expect(SampleHello(version: version).records(), .malformed("unknown TLS version"))
        }
        expect(SampleHello(session: [UInt8](repeating: 1, count: 32)).records(), found)
        expect(SampleHello(session: [UInt8](repeating: 1, count: 33)).records(), .malformed("bad session id"))
        expect(SampleHello(suites: []).records(), .malformed("bad cipher suites"))
        expect(SampleHello(suites: [1, 2, 3]).records(), .malformed("bad cipher suites"))
        expect(SampleHello(compressions: []).records(), .malformed("bad compression methods"))
        expect(SampleHello(compressions: [1]).records(), .malformed("bad compression methods"))
        expect(SampleHello(compressions: [1, 0]).records(), found)
    }

    @Test("extensions, the server's name among them only once")
    func extensions() {
        let name = SampleHello.serverName("allowed.test")
        let other = SampleHello.serverName("evil.test")
        expect(SampleHello(extensions: [name, name]).records(), .malformed("repeated extension"))
        expect(SampleHello(extensions: [name, other]).records(), .malformed("repeated extension"))
        expect(SampleHello(extensions: [other, name]).records(), .malformed("repeated extension"))
        let random = SampleHello.part(0x0a0a, [1])
        expect(SampleHello(extensions: [random, name, random]).records(), .malformed("repeated extension"))
        expect(SampleHello(extensions: [random, name]).records(), found)
        expect(SampleHello(extensions: [name, [0]]).records(), .malformed("bad extension"))
        expect(SampleHello(extensions: [name, [0, 1, 0, 1]]).records(), .malformed("bad extension"))
        // Encrypted hellos and early data are none of the gateway's business.
        let encrypted = SampleHello.part(0xfe0d, [UInt8](repeating: 9, count: 200))
        expect(SampleHello(extensions: [encrypted, name, SampleHello.part(42, [])]).records(), found)
    }

    @Test("the server's name is exactly one host's name")
    func serverNames() {
        func data(_ data: [UInt8]) -> [UInt8] { SampleHello(extensions: [SampleHello.part(0, data)]).records() }
        let entry: [UInt8] = [0, 0, 1, 0x61]
        expect(data(SampleHello.counted(2, entry)), .hello(serverName: "a"))
        let bad: [[UInt8]] = [
            // Nothing, as only servers send it; an empty list; two entries, of the same kind and of another; another
            // kind; an empty name; a list and a name of a wrong length; something behind the list.
            [], [0, 0], SampleHello.counted(2, entry + entry), SampleHello.counted(2, entry + [1, 0, 1, 0x61]),
            SampleHello.counted(2, [1, 0, 1, 0x61]), SampleHello.counted(2, [0, 0, 0]), [0, 5] + entry, [0, 3] + entry,
            SampleHello.counted(2, [0, 0, 2, 0x61]), SampleHello.counted(2, [0, 0, 1, 0x61, 0x62]),
            SampleHello.counted(2, entry) + [0], SampleHello.counted(2, [0]), SampleHello.counted(2, [0, 0]),
        ]
        for bytes in bad { expect(data(bytes), .malformed("bad server name")) }
    }

    @Test(
        "a name with anything but printable ASCII is malformed",
        arguments: [
            "allowed.test\0", "allowed.test\0.evil.test", "allowed.test\r\n", "allowed test", "ällowed.test", "a\u{7f}",
            "\u{1b}]0;x\u{7}",
        ])
    func oddNames(name: String) {
        expect(SampleHello(extensions: [SampleHello.serverName(name)]).records(), .malformed("bad server name"))
    }

    @Test("the name is returned as it was sent", arguments: ["ALLOWED.Test", "allowed.test.", "127.0.0.1", "a_b", "*"])
    func names(name: String) {
        expect(SampleHello(extensions: [SampleHello.serverName(name)]).records(), .hello(serverName: name))
    }

    @Test("as long as a hello may be, and no longer")
    func longest() {
        func hello(_ count: Int) -> SampleHello {
            let name = SampleHello.serverName("allowed.test")
            let empty = SampleHello(extensions: [name, SampleHello.part(21, [])]).body.count
            return SampleHello(extensions: [name, SampleHello.part(21, [UInt8](repeating: 0, count: count - empty))])
        }
        let longest = hello(ClientHelloReader.longest)
        #expect(longest.body.count == 32768)
        expect(longest.records(), found)
        expect(longest.records(of: 64), found)
        expect(hello(ClientHelloReader.longest + 1).records(), .malformed("the hello is too long"))
        expect([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff], .malformed("the hello is too long"))
        // In records of one byte, the records are too long together.
        expect(longest.records(of: 1), .malformed("the hello is too long"))
        expect(hello(1800).records(of: 1), found)
    }

    @Test("a reader never keeps more than the limit and one piece")
    func bounded() {
        var reader = ClientHelloReader()
        let endless = SampleHello.records([1, 0, 0x7f, 0xff] + [UInt8](repeating: 0, count: 40_000), of: 1)
        for byte in endless where reader.append([byte]) == .incomplete {
            #expect(reader.bytes.count <= ClientHelloReader.longestInput)
        }
        let step = reader.append([])
        #expect(step == .malformed("the hello is too long"))
    }

    @Test("how the bytes were cut never matters", arguments: 1...8)
    func random(seed: UInt64) {
        var random = Seeded(seed)
        let split = Hellos.named.map { SampleHello.records(Array($0[5...]), of: 64) }
        let samples = Hellos.named + split + [Hellos.nameless]
        for sample in samples {
            for _ in 0..<200 {
                var bytes = sample
                random.damage(&bytes)
                let whole = read(bytes)
                var reader = ClientHelloReader()
                var cut = ClientHelloReader.Step.incomplete
                for piece in random.cut(bytes, longest: 100) { cut = reader.append(piece) }
                #expect(cut == whole)
                #expect(reader.bytes == bytes)
            }
        }
    }
}
