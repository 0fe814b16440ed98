/// How a process ended.
public enum AgentExit: Equatable, Hashable, Sendable {
    /// It exited with this status.
    case code(UInt8)
    /// This signal killed it.
    case signal(UInt8)
    /// It is gone and nobody could say how.
    case unknown
}

/// Where the one agent of a container stands.
public enum AgentStatus: Equatable, Sendable {
    /// No launch has succeeded yet.
    case waiting
    /// It runs; the process number is the container's.
    case running(pid: UInt32)
    /// It ended, and its exit record has been written.
    case ended(AgentExit)
}

extension AgentStatus {
    func write(to writer: inout ByteWriter) throws(ProtocolError) {
        switch self {
        case .waiting:
            writer.append(UInt8(0))
        case .running(let pid):
            writer.append(UInt8(1))
            writer.append(pid)
        case .ended(let exit):
            writer.append(UInt8(2))
            try writer.append(exit)
        }
    }

    init(from reader: inout ByteReader) throws(ProtocolError) {
        switch try reader.integer("agent status", as: UInt8.self) {
        case 0: self = .waiting
        case 1: self = .running(pid: try reader.integer("pid"))
        case 2: self = .ended(try reader.exit())
        default: throw .invalid(field: "agent status")
        }
    }
}
