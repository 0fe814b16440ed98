/// What the guest says to the supervisor. `request` is the number that the supervisor gave its own message.
public enum GuestMessage: Equatable, Sendable {
    /// First on every connection; with one descriptor per listener.
    case hello(Hello)
    /// The agent runs; the process number is the container's.
    case launched(pid: UInt32)
    /// The agent ended, and the exit record (this very message) has been written.
    case exited(AgentExit)
    /// The terminal is ready; with one descriptor, the master of its pseudo-terminal.
    case attached(request: UInt32)
    /// That terminal's client ended.
    case detached(request: UInt32)
    /// The command runs; with two descriptors, the read ends of its standard output and standard error.
    case execStarted(request: UInt32)
    /// The command ended. What it wrote may still be unread.
    case execExited(request: UInt32, AgentExit)
    /// The port is listened on; with one descriptor, the listening socket.
    case listening(request: UInt32)
    /// What was asked has been done.
    case acknowledged(request: UInt32)
    /// What was asked could not be done; request 0 is the launch, or the guest as a whole.
    case failure(request: UInt32, reason: String)

    /// How many descriptors travel with this message.
    public var descriptorCount: Int {
        switch self {
        case .hello(let hello): hello.listeners.count
        case .attached, .listening: 1
        case .execStarted: 2
        default: 0
        }
    }
}

extension GuestMessage {
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
        case .hello(let hello):
            try hello.write(to: &writer)
            return 1
        case .launched(let pid):
            writer.append(pid)
            return 2
        case .exited(let exit):
            try writer.append(exit)
            return 3
        case .attached(let request):
            try writer.append(request: request)
            return 4
        case .detached(let request):
            try writer.append(request: request)
            return 5
        case .execStarted(let request):
            try writer.append(request: request)
            return 6
        case .execExited(let request, let exit):
            try writer.append(request: request)
            try writer.append(exit)
            return 7
        case .acknowledged(let request):
            try writer.append(request: request)
            return 8
        case .failure(let request, let reason):
            writer.append(request)
            try writer.append(text: reason, atMost: Bounds.reasonLength, field: "reason")
            return 9
        case .listening(let request):
            try writer.append(request: request)
            return 10
        }
    }

    private static func read(_ type: UInt8, _ reader: inout ByteReader) throws(ProtocolError) -> GuestMessage {
        switch type {
        case 1: .hello(try Hello(from: &reader))
        case 2: .launched(pid: try reader.integer("pid"))
        case 3: .exited(try reader.exit())
        case 4: .attached(request: try reader.request())
        case 5: .detached(request: try reader.request())
        case 6: .execStarted(request: try reader.request())
        case 7: .execExited(request: try reader.request(), try reader.exit())
        case 8: .acknowledged(request: try reader.request())
        case 9:
            .failure(
                request: try reader.integer("request"),
                reason: try reader.text("reason", atMost: Bounds.reasonLength))
        case 10: .listening(request: try reader.request())
        default: throw .unknownType(type)
        }
    }
}
