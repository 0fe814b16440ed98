/// How much one sandbox may take of the gateway. All of it is bounded, and what goes beyond is refused.
struct GatewayLimits: Sendable {
    /// Connections or datagrams taken from one socket before the other sockets have their turn.
    var turn = 64
    /// DNS connections open at once.
    var queryConnections = 64
    /// How long a DNS connection stays open without a whole query.
    var queryIdle = Duration.seconds(10)
    /// How long a refusal that repeats is only counted.
    var refusalPeriod = Duration.seconds(60)
    /// How many different refusals are named in one such period.
    var refusals = 256
    /// How long no connection is accepted after the process ran out of descriptors or memory.
    var shortageRest = Duration.seconds(1)
}
