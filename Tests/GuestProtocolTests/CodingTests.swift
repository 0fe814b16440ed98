import GuestProtocol
import Testing

@Suite struct CodingTests {
    @Test("every guest message survives the wire", arguments: Samples.guest)
    func guestRoundTrip(message: GuestMessage) throws {
        let frame = try #require(try onlyFrame(message.encode()))
        #expect(try GuestMessage(frame) == message)
        // The directions have disjoint types: a message sent back is not one.
        #expect(throws: ProtocolError.unknownType(frame.type)) { try HostMessage(frame) }
    }

    @Test("every host message survives the wire", arguments: Samples.host)
    func hostRoundTrip(message: HostMessage) throws {
        let frame = try #require(try onlyFrame(message.encode()))
        #expect(try HostMessage(frame) == message)
        #expect(throws: ProtocolError.unknownType(frame.type)) { try GuestMessage(frame) }
    }

    @Test("the bytes are those of the documentation")
    func layout() throws {
        #expect(try GuestMessage.execExited(request: 258, .signal(9)).encode() == [0, 0, 0, 7, 7, 0, 0, 1, 2, 2, 9])
        #expect(
            try HostMessage.input(.init(request: 1, text: [0x41], pressEnter: true)).encode()
                == [0, 0, 0, 11, 131, 0, 0, 0, 1, 0, 0, 0, 1, 0x41, 1])
        #expect(try HostMessage.end.encode() == [0, 0, 0, 1, 135])
        #expect(try HostMessage.listen(request: 2, port: 443).encode() == [0, 0, 0, 7, 136, 0, 0, 0, 2, 1, 187])
        #expect(try GuestMessage.listening(request: 2).encode() == [0, 0, 0, 5, 10, 0, 0, 0, 2])
    }

    @Test("a payload cut short anywhere, or with a byte too many, is refused")
    func truncation() throws {
        for frame in try Samples.guest.map({ try onlyFrame($0.encode()) }).compactMap(\.self) {
            try expectRefusals(frame) { try GuestMessage($0) }
        }
        for frame in try Samples.host.map({ try onlyFrame($0.encode()) }).compactMap(\.self) {
            try expectRefusals(frame) { try HostMessage($0) }
        }
    }

    private func expectRefusals(_ frame: Frame, _ decode: (Frame) throws -> Any) throws {
        for length in 0..<frame.payload.count {
            #expect(throws: ProtocolError.self) {
                try decode(Frame(type: frame.type, payload: Array(frame.payload[..<length])))
            }
        }
        #expect(throws: ProtocolError.trailingBytes(1)) {
            try decode(Frame(type: frame.type, payload: frame.payload + [0]))
        }
    }

    @Test("a count or length that the rest cannot hold is refused before anything is made of it")
    func bombs() throws {
        let maximum: [UInt8] = [0xff, 0xff, 0xff, 0xff]
        #expect(throws: ProtocolError.tooLong(field: "text")) {
            try HostMessage(Frame(type: 131, payload: [0, 0, 0, 1] + maximum))
        }
        #expect(throws: ProtocolError.truncated(field: "text")) {
            try HostMessage(Frame(type: 131, payload: [0, 0, 0, 1, 0, 0x10, 0, 0]))
        }
        #expect(throws: ProtocolError.tooLong(field: "arguments")) {
            try HostMessage(Frame(type: 133, payload: [0, 0, 0, 1, 0xff, 0xff]))
        }
        #expect(throws: ProtocolError.truncated(field: "arguments")) {
            try HostMessage(Frame(type: 133, payload: [0, 0, 0, 1, 0x40, 0] + Array(repeating: 0, count: 65_535)))
        }
        #expect(throws: ProtocolError.tooLong(field: "listeners")) {
            try GuestMessage(Frame(type: 1, payload: [0, 1, 0, 0, 0, 0, 0, 251]))
        }
    }

    @Test(
        "a field that breaks its rule can be neither sent nor received",
        arguments: [
            Program(arguments: [], environment: [], directory: [47]),
            Program(arguments: [[]], environment: [], directory: [47]),
            Program(arguments: [[65, 0]], environment: [], directory: [47]),
            Program(arguments: [[65]], environment: [[65]], directory: [47]),
            Program(arguments: [[65]], environment: [[61, 65]], directory: [47]),
            Program(arguments: [[65]], environment: [[65, 61, 0]], directory: [47]),
            Program(arguments: [[65]], environment: [], directory: [65]),
            Program(arguments: [[65]], environment: [], directory: []),
            Program(arguments: [[65]], environment: [], directory: [47, 0]),
        ])
    func programRules(program: Program) throws {
        #expect(throws: ProtocolError.self) { try HostMessage.exec(request: 1, program).encode() }
        #expect(throws: ProtocolError.self) {
            try HostMessage(Frame(type: 133, payload: [0, 0, 0, 1] + wire(program)))
        }
    }

    @Test("other rules hold for sending")
    func sendingRules() {
        let size = TerminalSize(columns: 80, rows: 24)
        let bad: [HostMessage] = [
            .cancelExec(request: 0), .listen(request: 1, port: 0),
            .signal(request: 1, number: 0), .signal(request: 1, number: 65),
            .attach(.init(request: 1, size: TerminalSize(columns: 0, rows: 24), terminal: "xterm")),
            .attach(.init(request: 1, size: TerminalSize(columns: 80, rows: 10_001), terminal: "xterm")),
            .attach(.init(request: 1, size: size, terminal: "")),
            .attach(.init(request: 1, size: size, terminal: "a/b")),
            .input(.init(request: 1, text: Array(repeating: 0, count: Bounds.frameLength), pressEnter: false)),
        ]
        for message in bad { #expect(throws: ProtocolError.self, "\(message)") { try message.encode() } }
        let worse: [GuestMessage] = [
            .failure(request: 1, reason: "\u{1b}[31m"), .failure(request: 1, reason: "\u{9b}31m"),
            .failure(request: 1, reason: String(repeating: "x", count: 1025)), .exited(.signal(0)),
            .attached(request: 0), .listening(request: 0),
        ]
        for message in worse { #expect(throws: ProtocolError.self, "\(message)") { try message.encode() } }
    }

    @Test(
        "other rules hold for receiving",
        arguments: [
            Frame(type: 9, payload: [0, 0, 0, 1, 0, 0, 0, 1, 0x1b]),
            Frame(type: 9, payload: [0, 0, 0, 1, 0, 0, 0, 1, 0xff]),
            Frame(type: 3, payload: [0, 1]), Frame(type: 3, payload: [2, 0]), Frame(type: 3, payload: [3, 0]),
            Frame(type: 4, payload: [0, 0, 0, 0]), Frame(type: 1, payload: [0, 1, 0, 0, 0, 0, 0, 1, 2, 0, 1]),
            Frame(type: 1, payload: [0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0]), Frame(type: 0, payload: []),
        ])
    func guestReceivingRules(frame: Frame) {
        #expect(throws: ProtocolError.self) { try GuestMessage(frame) }
    }

    @Test(
        "and for the other direction",
        arguments: [
            Frame(type: 131, payload: [0, 0, 0, 1, 0, 0, 0, 0, 2]), Frame(type: 132, payload: [0, 0, 0, 1, 0]),
            Frame(type: 134, payload: [0, 0, 0, 0]), Frame(type: 138, payload: []),
            Frame(type: 136, payload: [0, 0, 0, 1, 0, 0]), Frame(type: 136, payload: [0, 0, 0, 0, 0, 80]),
            Frame(type: 137, payload: [0, 0, 0, 1, 0, 0]), Frame(type: 137, payload: [0, 0, 0, 0, 0, 80]),
            Frame(type: 130, payload: [0, 0, 0, 1, 0, 80, 0, 24, 0, 0, 0, 1, 0x2f]),
            Frame(type: 130, payload: [0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0, 1, 0x78]),
        ])
    func hostReceivingRules(frame: Frame) {
        #expect(throws: ProtocolError.self) { try HostMessage(frame) }
    }

    @Test("the descriptors that belong to a message")
    func descriptors() {
        #expect(Samples.guest.map(\.descriptorCount) == [2, 2, 2, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 1])
        #expect(Samples.host.map(\.descriptorCount) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    private func onlyFrame(_ bytes: [UInt8]) throws -> Frame? {
        var decoder = FrameDecoder()
        try decoder.append(bytes)
        defer { #expect(decoder.isAtBoundary) }
        return try decoder.next()
    }

    /// The layout of a program, written down a second time.
    private func wire(_ program: Program) -> [UInt8] {
        func string(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
        func list(_ list: [[UInt8]]) -> [UInt8] { [0, UInt8(list.count)] + list.flatMap { string($0) } }
        return list(program.arguments) + list(program.environment) + string(program.directory)
    }
}
