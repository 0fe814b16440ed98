/// A listening socket of the sandbox. The descriptors that come with a `hello` are in the order of its listeners.
public struct Listener: Equatable, Hashable, Sendable {
    /// The two transports that are handed over.
    public enum Transport: UInt8, Sendable {
        /// A bound datagram socket with IP_PKTINFO, ip(7).
        case udp = 0
        /// A listening stream socket.
        case tcp = 1
    }

    /// How the socket speaks.
    public var transport: Transport
    /// The port it is bound to on every IPv4 address; not 0.
    public var port: UInt16

    /// A listener from its parts.
    public init(transport: Transport, port: UInt16) {
        self.transport = transport
        self.port = port
    }
}

/// The limits that the container's cgroup says are in force, as the kernel words them; empty where it says nothing.
public struct CgroupLimits: Equatable, Sendable {
    /// `pids.max`: a number or `max`.
    public var pids: String
    /// Bytes: `memory.max` (version 2) or `memory.limit_in_bytes` (version 1).
    public var memory: String
    /// Quota and period in microseconds, separated by a space: `cpu.max`, or `cpu.cfs_quota_us` and `cpu.cfs_period_us`.
    public var cpu: String

    /// Limits from their parts.
    public init(pids: String, memory: String, cpu: String) {
        self.pids = pids
        self.memory = memory
        self.cpu = cpu
    }
}

/// The first message of every connection: who the guest is, what it hands over and what it knows.
public struct Hello: Equatable, Sendable {
    /// The wire format that the guest speaks; see ``Bounds/protocolVersion``.
    public var protocolVersion: UInt16
    /// The guest's build, for people.
    public var guestVersion: String
    /// What the descriptors that come along are, in their order.
    public var listeners: [Listener]
    /// The limits in force.
    public var limits: CgroupLimits
    /// Whether the agent has been launched, runs, or ended while nobody was connected.
    public var agent: AgentStatus

    /// A greeting from its parts.
    public init(
        protocolVersion: UInt16 = Bounds.protocolVersion, guestVersion: String, listeners: [Listener],
        limits: CgroupLimits, agent: AgentStatus
    ) {
        self.protocolVersion = protocolVersion
        self.guestVersion = guestVersion
        self.listeners = listeners
        self.limits = limits
        self.agent = agent
    }
}

extension Hello {
    func write(to writer: inout ByteWriter) throws(ProtocolError) {
        writer.append(protocolVersion)
        try writer.append(text: guestVersion, atMost: Bounds.nameLength, field: "guest version")
        try writer.append(count: listeners.count, atMost: Bounds.listeners, field: "listeners")
        for listener in listeners {
            writer.append(listener.transport.rawValue)
            try writer.append(port: listener.port)
        }
        try writer.append(text: limits.pids, atMost: Bounds.nameLength, field: "pids limit")
        try writer.append(text: limits.memory, atMost: Bounds.nameLength, field: "memory limit")
        try writer.append(text: limits.cpu, atMost: Bounds.nameLength, field: "cpu limit")
        try agent.write(to: &writer)
    }

    init(from reader: inout ByteReader) throws(ProtocolError) {
        protocolVersion = try reader.integer("protocol version")
        guestVersion = try reader.text("guest version", atMost: Bounds.nameLength)
        let count = try reader.count("listeners", atMost: Bounds.listeners, width: 3)
        listeners = []
        for _ in 0..<count {
            guard let transport = Listener.Transport(rawValue: try reader.integer("transport")) else {
                throw .invalid(field: "transport")
            }
            listeners.append(Listener(transport: transport, port: try reader.port()))
        }
        limits = CgroupLimits(
            pids: try reader.text("pids limit", atMost: Bounds.nameLength),
            memory: try reader.text("memory limit", atMost: Bounds.nameLength),
            cpu: try reader.text("cpu limit", atMost: Bounds.nameLength))
        agent = try AgentStatus(from: &reader)
    }
}
