/// What a sandbox may reach. A value: deciding reads nothing and asks no one.
///
/// For now there is one policy, `none`, which refuses everything; it is the one that every other policy will start from.
public struct NetworkPolicy: Equatable, Sendable {
    /// The TCP ports that the policy can have an opinion about. The guest opens one listener for each; a port without
    /// a listener is closed by the sandbox's own kernel.
    public let ports: [UInt16]

    /// A policy that refuses every name and every address.
    public static let none = NetworkPolicy(ports: [80, 443])

    /// Decides about a connection.
    ///
    /// - Parameters:
    ///   - host: a name as the agent looked it up, or an address as it dialled it.
    ///   - port: the TCP port it dialled.
    public func decide(host: String, port: UInt16) -> Decision { .refuse(.notListed) }

    /// Decides whether a name exists for the sandbox, that is: whether it may be reached on any port at all.
    public func decide(name: String) -> Decision { .refuse(.notListed) }
}

/// What a policy says. Every use switches over it, so that a new answer cannot be overlooked.
public enum Decision: Equatable, Sendable {
    /// It must not be reached.
    case refuse(RefusalReason)
}

/// Why something is refused, in words that a user is shown.
public enum RefusalReason: String, Equatable, Hashable, Sendable, CaseIterable {
    /// No rule names it; nothing listed means nothing allowed.
    case notListed = "not listed"
}
