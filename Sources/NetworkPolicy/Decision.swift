/// What a policy says, and the rule that decided.
public enum Decision: Hashable, Sendable {
    /// It may be reached.
    case allow(rule: PolicyRule)
    /// It must not be reached; nil where no rule names it.
    case refuse(RefusalReason, rule: PolicyRule?)

    /// True where it may be reached.
    public var isAllowed: Bool {
        if case .allow = self { true } else { false }
    }
}

/// Why something is refused, in words that a user is shown.
public enum RefusalReason: String, Codable, Hashable, Sendable, CaseIterable {
    /// No rule names it; nothing listed means nothing allowed.
    case notListed = "not listed"
    /// A rule allows the name, and not this port.
    case portNotListed = "port not listed"
    /// A rule denies it.
    case denied = "denied by a rule"
    /// The name leads to an address that is not public, and no rule names that address.
    case notPublic = "leads to a non-public address"
    /// What was sent names another host than the one that was dialled (SNI or Host).
    case otherHost = "names another host"
    /// What was sent is not what the port is for: no TLS on 443, no plain HTTP/1 on 80.
    case otherProtocol = "not the port's protocol"
    /// The name could not be looked up.
    case unresolved = "cannot be looked up"
    /// None of the addresses accepted the connection.
    case unreachable = "cannot be reached"
    /// A limit of the gateway was met.
    case limit = "over the gateway's limit"
}

/// A decision with everything that had a part in it.
public struct Explanation: Hashable, Sendable {
    /// What is decided, and by which rule.
    public let decision: Decision
    /// Every rule that names the host and the port; the deciding one is among them.
    public let matching: [PolicyRule]
    /// Rules that name the host, and not the port.
    public let otherPorts: [PolicyRule]
}
