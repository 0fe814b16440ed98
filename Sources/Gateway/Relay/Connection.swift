import NetworkPolicy
import System

/// Whom the sandbox wants to talk to.
enum Destination: Equatable {
    /// A host, by the address that stands for its name.
    case name(HostName)
    /// An address that was dialled as such.
    case address(IPAddress)

    /// As it is reported.
    var text: String {
        switch self {
        case .name(let name): name.description
        case .address(let address): address.description
        }
    }
}

/// How far a connection has come.
enum Stage {
    /// The ClientHello is not complete.
    case hello(ClientHelloReader)
    /// The head of the first request is not complete.
    case request
    /// The name is being looked up.
    case resolving
    /// An address has been dialled; these are left, the next one last.
    case dialling([IPAddress])
    /// Both ends are connected.
    case relaying
    /// The sandbox has been told why not, and is given a moment to read it.
    case parting

    /// True before both ends are connected.
    var isHalfOpen: Bool {
        switch self {
        case .relaying: false
        default: true
        }
    }
}

/// A connection of the sandbox and what belongs to it. An idle one owns two sockets, and no buffer.
final class Connection {
    /// Its number in the table.
    let id: UInt64
    /// The end inside the sandbox.
    let inside: Descriptor
    /// The end that the gateway has dialled.
    var outside: Descriptor?
    /// Who was dialled.
    let destination: Destination
    /// The port that was dialled.
    let port: UInt16
    /// The rule that allows it.
    var rule: PolicyRule
    /// The address that was dialled for it last.
    var address: IPAddress?
    /// How far it has come.
    var stage: Stage
    /// Looks at what goes out where that has to be plain HTTP.
    var requests: HTTPGuard?
    /// Out of the sandbox.
    var outward = Flow()
    /// Into the sandbox.
    var inward = Flow()
    /// When it was accepted.
    let started: Monotonic
    /// When the stage that it is in must be over; while it is relayed, see `lastNews`.
    var deadline: Monotonic
    /// When looking up and dialling must be over.
    var dialDeadline: Monotonic
    /// When something last happened to it.
    var lastNews: Monotonic
    /// True where one end was broken off, so that the other must not take it for a proper end.
    var isBroken = false
    /// True where it waits for its next turn.
    var isQueued = false

    init(
        id: UInt64, inside: Descriptor, destination: Destination, port: UInt16, rule: PolicyRule, stage: Stage,
        at now: Monotonic, deadline: Monotonic
    ) {
        self.id = id
        self.inside = inside
        self.destination = destination
        self.port = port
        self.rule = rule
        self.stage = stage
        started = now
        lastNews = now
        self.deadline = deadline
        dialDeadline = deadline
    }

    /// What is reported about it.
    func decision(_ verdict: GatewayDecision.Verdict, rule: PolicyRule?, at now: Monotonic) -> GatewayDecision {
        var decision = GatewayDecision(
            .connection, host: destination.text, port: port, address: address?.description, verdict: verdict,
            rule: rule?.reported)
        decision.bytesOut = outward.carried
        decision.bytesIn = inward.carried
        decision.milliseconds = UInt64(max(0, now.milliseconds(from: started)))
        return decision
    }
}
