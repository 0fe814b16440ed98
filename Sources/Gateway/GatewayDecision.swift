public import NetworkPolicy

/// One decision of the gateway, or several alike: a line of the task's events. Everything in it is printable ASCII.
public struct GatewayDecision: Equatable, Sendable {
    /// What was decided about.
    public enum Kind: Hashable, Sendable {
        /// A name that was looked up. Only refusals are reported: an allowed name is reported when it is dialled.
        case name
        /// A connection. An allowed one is reported when it has ended.
        case connection
    }

    /// What was decided.
    public enum Verdict: Hashable, Sendable {
        /// It was let through.
        case allowed
        /// It was not, or no longer.
        case refused(RefusalReason)
    }

    /// What was decided about.
    public var kind: Kind
    /// The name, or the address that was dialled as such; at most 255 characters, in lower case.
    public var host: String
    /// The port that was dialled; nil for a name.
    public var port: UInt16?
    /// The address that the gateway dialled for it; nil where it did not.
    public var address: String?
    /// What was decided.
    public var verdict: Verdict
    /// The rule that decided, with where it comes from; nil where none did.
    public var rule: String?
    /// How many decisions of this kind, host, port, verdict and rule this line stands for. The first is reported at
    /// once and counts one; what repeats it within the minute is counted and reported at its end.
    public var count = 1
    /// True for a line at the end of the minute: it stands for what was only counted until then.
    public var isRepeated = false
    /// Bytes that went out of the sandbox and into it, over the connections that this line stands for.
    public var bytesOut: UInt64 = 0
    /// See `bytesOut`.
    public var bytesIn: UInt64 = 0
    /// Milliseconds that they were open, added up.
    public var milliseconds: UInt64 = 0

    /// A decision.
    public init(
        _ kind: Kind, host: String, port: UInt16? = nil, address: String? = nil, verdict: Verdict, rule: String? = nil
    ) {
        self.kind = kind
        self.host = host
        self.port = port
        self.address = address
        self.verdict = verdict
        self.rule = rule
    }
}
