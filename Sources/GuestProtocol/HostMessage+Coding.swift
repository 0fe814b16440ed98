extension HostMessage {
    /// The message on the wire. Throws if a field is out of its bounds.
    public func encode() throws(ProtocolError) -> [UInt8] {
        var writer = ByteWriter()
        let type = try write(to: &writer)
        return try Frame(type: type, payload: writer.bytes).encode()
    }

    /// The message that a received frame holds. Throws if it is not exactly one message of this direction.
    public init(_ frame: Frame) throws(ProtocolError) {
        var reader = ByteReader(frame.payload)
        self = try Self.read(frame.type, &reader)
        try reader.finish()
    }

    private func write(to writer: inout ByteWriter) throws(ProtocolError) -> UInt8 {
        switch self {
        case .launch(let launch):
            try writer.append(launch.program)
            try writer.append(size: launch.size)
            writer.append(launch.scrollbackLimit)
            return 129
        case .attach(let attach):
            guard Self.isTerminal(attach.terminal) else { throw .invalid(field: "terminal") }
            try writer.append(request: attach.request)
            try writer.append(size: attach.size)
            try writer.append(text: attach.terminal, atMost: Bounds.nameLength, field: "terminal")
            return 130
        case .input(let input):
            try writer.append(request: input.request)
            try writer.append(input.text, field: "text")
            writer.append(UInt8(input.pressEnter ? 1 : 0))
            return 131
        case .signal(let request, let number):
            guard Bounds.signals.contains(number) else { throw .invalid(field: "signal") }
            try writer.append(request: request)
            writer.append(number)
            return 132
        case .exec(let request, let program):
            try writer.append(request: request)
            try writer.append(program)
            return 133
        case .cancelExec(let request):
            try writer.append(request: request)
            return 134
        case .end:
            return 135
        case .listen(let request, let port):
            try writer.append(request: request)
            try writer.append(port: port)
            return 136
        }
    }

    private static func read(_ type: UInt8, _ reader: inout ByteReader) throws(ProtocolError) -> HostMessage {
        switch type {
        case 129:
            return .launch(
                Launch(
                    program: try reader.program(), size: try reader.size(),
                    scrollbackLimit: try reader.integer("scrollback limit")))
        case 130:
            let attach = Attach(
                request: try reader.request(), size: try reader.size(),
                terminal: try reader.text("terminal", atMost: Bounds.nameLength))
            guard isTerminal(attach.terminal) else { throw .invalid(field: "terminal") }
            return .attach(attach)
        case 131:
            return .input(
                Input(
                    request: try reader.request(), text: try reader.string("text"),
                    pressEnter: try flag(&reader, "press enter")))
        case 132:
            let request = try reader.request()
            let number = try reader.integer("signal", as: UInt8.self)
            guard Bounds.signals.contains(number) else { throw .invalid(field: "signal") }
            return .signal(request: request, number: number)
        case 133: return .exec(request: try reader.request(), try reader.program())
        case 134: return .cancelExec(request: try reader.request())
        case 135: return .end
        case 136: return .listen(request: try reader.request(), port: try reader.port())
        default: throw .unknownType(type)
        }
    }

    private static func flag(_ reader: inout ByteReader, _ field: String) throws(ProtocolError) -> Bool {
        switch try reader.integer(field, as: UInt8.self) {
        case 0: false
        case 1: true
        default: throw .invalid(field: field)
        }
    }

    private static func isTerminal(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "+-._".utf8.contains(byte)
                }
            }
    }
}
