/// How much one sandbox may take of the gateway. All of it is bounded, and what goes beyond is refused.
public struct GatewayLimits: Sendable {
    /// Connections open at once; one more is reset.
    public var connections = 4096
    /// Connections of those that are not relayed yet, for whatever reason.
    public var halfOpenConnections = 512
    /// How long a sandbox has to say whom it wants: a whole ClientHello, or the head of the first request.
    public var handshakeTime = Duration.seconds(30)
    /// How long one address has to accept a connection.
    public var dialTime = Duration.seconds(5)
    /// How long it may take to look a name up and to try its addresses.
    public var totalDialTime = Duration.seconds(20)
    /// How long a relayed connection may be silent in both directions. An hour: a client that waits for an answer of
    /// a slow service sends nothing meanwhile.
    public var idleTime = Duration.seconds(3600)
    /// Bytes that are taken from a connection at once, in each direction, and kept for it where the other end is slow.
    /// While half of `memory` is in use, far less is taken.
    public var buffer = 128 << 10
    /// Bytes that are kept for all connections together. A connection that would need more is reset.
    public var memory = 32 << 20
    /// Pipes for large transfers, in use at once; each holds up to `pipeSize` bytes of the kernel's memory. Transfers
    /// beyond go on without, at the cost of copying.
    public var pipes = 16
    /// Bytes of one pipe; what an ordinary user may have at most (`pipe-max-size`, pipe(7)).
    public var pipeSize = 1 << 20
    /// Names that have an address of their own at once.
    public var names = 4096
    /// DNS queries that are answered in a second; those beyond are refused.
    public var queriesPerSecond = 200
    /// DNS queries that are refused in a second, and all at once after a rest. Then none is read for a moment: saying no
    /// takes time of the machine's, not of the sandbox's.
    public var refusalsPerSecond = 1000
    /// DNS queries that may come all at once after a rest.
    public var queryBurst = 1000
    /// DNS connections open at once.
    public var queryConnections = 64
    /// How long a DNS connection stays open without a whole query.
    public var queryIdle = Duration.seconds(10)
    /// How long a decision that repeats is only counted.
    public var reportPeriod = Duration.seconds(60)
    /// How many different decisions are reported one by one in such a period: so many refusals, and so many others.
    public var reports = 256
    /// How long no connection is accepted after the process ran out of descriptors or memory.
    public var shortageRest = Duration.seconds(1)
    /// Connections or datagrams taken from one socket before the other sockets have their turn.
    public var turn = 64
    /// Bytes that one direction of a connection moves before the others have their turn.
    public var share = 4 << 20

    /// The usual limits.
    public init() {}

    /// Descriptors that the rest of the process is left, and those of listeners.
    private static let otherDescriptors = 512

    /// How many descriptors the process needs: two for each connection, and two more while its name is looked up.
    var descriptors: Int { 2 * (connections + halfOpenConnections) + queryConnections + Self.otherDescriptors }

    /// These limits where there are only so many descriptors: half of a few of them are left to the rest of the process.
    func within(_ available: Int) -> GatewayLimits {
        guard available < descriptors else { return self }
        var limits = self
        let pairs = max(0, available - min(Self.otherDescriptors, available / 2) - queryConnections) / 2
        limits.halfOpenConnections = max(1, min(halfOpenConnections, pairs / 4))
        limits.connections = max(1, min(connections, pairs - limits.halfOpenConnections))
        return limits
    }
}
