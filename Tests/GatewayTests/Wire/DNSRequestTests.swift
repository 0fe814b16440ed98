import Testing

@testable import Gateway

@Suite("DNS messages") struct DNSRequestTests {
    @Test("a name is asked for, and does not exist")
    func noSuchName() throws {
        let query = Messages.query(name: Messages.name("wWw.eXample.test"), type: 28)
        guard case .lookUp(let question) = DNSRequest(query) else { return #expect(Bool(false), "no question") }
        #expect(question.name == "www.example.test")
        #expect(question.type == 28)
        // Same id; response, recursion desired and available, NXDOMAIN; one question, no records; question as it came.
        #expect(
            question.answer(.noSuchName) == Messages.words(0x1234, 0x8183, 1, 0, 0, 0)
                + Messages.name("wWw.eXample.test") + [0, 28, 0, 1])
    }

    @Test("recursion is only marked as desired where it was")
    func recursionDesired() {
        let query = Messages.query(flags: 0, name: Messages.name("a.test"))
        guard case .lookUp(let question) = DNSRequest(query) else { return #expect(Bool(false), "no question") }
        #expect(question.answer(.noSuchName).prefix(4) == [0x12, 0x34, 0x80, 0x83])
    }

    @Test("a query cut off anywhere is malformed, or no message at all")
    func truncations() {
        let query = Messages.query(name: Messages.name("www.example.test"))
        for length in 0..<query.count {
            let answer = Messages.words(0x1234, 0x8181, 0, 0, 0, 0)
            #expect(DNSRequest(Array(query.prefix(length))) == (length < 12 ? .ignore : .answer(answer)), "\(length)")
        }
    }

    @Test("EDNS and other trailing bytes change nothing but are not repeated")
    func edns() {
        let plain = Messages.query(name: Messages.name("a.test"))
        let query = Messages.query(additional: 1, name: Messages.name("a.test"), rest: Messages.edns)
        guard case .lookUp(let question) = DNSRequest(query), case .lookUp(let expected) = DNSRequest(plain) else {
            return #expect(Bool(false), "no question")
        }
        #expect(question.answer(.noSuchName) == expected.answer(.noSuchName))
    }

    @Test("anything but one question is malformed", arguments: [0, 2, 3, 0xffff] as [UInt16])
    func questionCount(count: UInt16) {
        let query = Messages.query(questions: count, name: Messages.name("a.test"))
        #expect(DNSRequest(query) == .answer(Messages.words(0x1234, 0x8181, 0, 0, 0, 0)))
    }

    @Test("responses are never answered, whatever they hold", arguments: [0x8000, 0x8183, 0xf800, 0xffff] as [UInt16])
    func responses(flags: UInt16) {
        #expect(DNSRequest(Messages.query(flags: flags, name: Messages.name("a.test"))) == .ignore)
    }

    @Test("other operations are not implemented", arguments: 1...15)
    func operations(operation: Int) {
        let flags = UInt16(operation) << 11
        let query = Messages.query(flags: flags | 0x0100, name: Messages.name("a.test"))
        #expect(DNSRequest(query) == .answer(Messages.words(0x1234, 0x8184 | flags, 0, 0, 0, 0)))
    }

    @Test("other classes are refused", arguments: [0, 3, 254, 255, 0xffff] as [UInt16])
    func classes(kind: UInt16) {
        let name = Messages.name("version.bind")
        #expect(
            DNSRequest(Messages.query(name: name, type: 16, kind: kind))
                == .answer(
                    Messages.words(0x1234, 0x8185, 1, 0, 0, 0) + name + Messages.words(16, kind)))
    }

    @Test("pointers and reserved label types are malformed", arguments: [0x40, 0x80, 0xc0, 0xff] as [UInt8])
    func pointers(byte: UInt8) {
        let malformed = DNSRequest.answer(Messages.words(0x1234, 0x8181, 0, 0, 0, 0))
        // To itself, to the header, and after a proper label.
        #expect(DNSRequest(Messages.query(name: [byte, 12])) == malformed)
        #expect(DNSRequest(Messages.query(name: [byte, 0])) == malformed)
        #expect(DNSRequest(Messages.query(name: [1, 0x61, byte, 12, 0])) == malformed)
        let long = [byte] + [UInt8](repeating: 0x61, count: Int(byte)) + [0]
        #expect(DNSRequest(Messages.query(name: long)) == malformed)
    }

    @Test(
        "labels have at most 63 bytes and names at most 255",
        arguments: [
            ([63], true), ([64], false), ([63, 63, 63, 61], true), ([63, 63, 63, 62], false),
            ([63, 63, 63, 63], false),
        ])
    func lengths(labels: [Int], allowed: Bool) {
        let name = Messages.name(labels.map { [UInt8](repeating: 0x61, count: $0) })
        guard case .lookUp(let question) = DNSRequest(Messages.query(name: name)) else { return #expect(!allowed) }
        #expect(allowed)
        #expect(question.name.count == labels.reduce(labels.count - 1, +))
    }

    @Test("127 labels of one byte are the most there can be")
    func manyLabels() {
        let name = Messages.name([[UInt8]](repeating: [0x61], count: 127))
        guard case .lookUp(let question) = DNSRequest(Messages.query(name: name)) else {
            return #expect(Bool(false), "no question")
        }
        #expect(question.name.count == 253)
        let more = Messages.name([[UInt8]](repeating: [0x61], count: 128))
        #expect(DNSRequest(Messages.query(name: more)) == .answer(Messages.words(0x1234, 0x8181, 0, 0, 0, 0)))
    }

    @Test(
        "a name is shown in printable characters only",
        arguments: [
            ([Array("A-z_0".utf8), Array("Test".utf8)], "a-z_0.test"),
            ([Array("a.b".utf8), Array("c\\d".utf8)], "a\\046b.c\\092d"),
            ([[0x1b, 0x5d, 0x30, 0x3b, 0x07]], "\\027]0;\\007"),
            ([[0, 10, 32, 127, 128, 255]], "\\000\\010\\032\\127\\128\\255"),
            ([Array("\u{202e}".utf8)], "\\226\\128\\174"),
            ([Array("\"{}'".utf8)], "\"{}'"),
            ([], "."),
        ] as [([[UInt8]], String)])
    func escapes(labels: [[UInt8]], shown: String) {
        guard case .lookUp(let question) = DNSRequest(Messages.query(name: Messages.name(labels))) else {
            return #expect(Bool(false), "no question")
        }
        #expect(question.name == shown)
    }

    @Test("the shown name is cut where escapes make it long")
    func longEscapes() {
        let labels = [[UInt8]](repeating: [UInt8](repeating: 7, count: 63), count: 3)
        guard case .lookUp(let question) = DNSRequest(Messages.query(name: Messages.name(labels))) else {
            return #expect(Bool(false), "no question")
        }
        #expect(question.name.count == 255)
        #expect(question.name.hasSuffix("..."))
    }

    @Test("random bytes and damaged queries never yield more than they hold")
    func random() {
        var random = SystemRandomNumberGenerator()
        let whole = Messages.query(additional: 1, name: Messages.name("www.example.test"), rest: Messages.edns)
        for round in 0..<20_000 {
            var message = whole
            if round.isMultiple(of: 2) {
                message = (0..<Int.random(in: 0...600)).map { _ in UInt8.random(in: 0...255, using: &random) }
            } else {
                for _ in 0..<Int.random(in: 1...8) { message[.random(in: message.indices)] = .random(in: 0...255) }
            }
            check(message)
        }
    }

    /// What holds for every message: the fuzzer's rules.
    private func check(_ message: [UInt8]) {
        let answer: [UInt8]
        switch DNSRequest(message) {
        case .ignore: return #expect(message.count < 12 || message[2] >= 0x80)
        case .answer(let bytes): answer = bytes
        case .lookUp(let question):
            #expect(question.name.utf8.count <= 255 && question.name.utf8.allSatisfy { (0x21...0x7e).contains($0) })
            answer = question.answer(.noSuchName)
        }
        #expect(answer.count <= max(12, message.count) && answer.count <= 271)
        #expect(answer.prefix(2) == message.prefix(2) && answer[2] & 0x80 != 0)
        #expect(answer.count == 12 || Array(answer.dropFirst(12)) == message[12..<answer.count].map(\.self))
    }
}
