public import NetworkPolicy

/// What a task may reach: resolved when it was made, changed since only by the user's own commands.
public struct PolicyInForce: Codable, Equatable, Sendable {
    /// The rules, without includes.
    public var policy: NetworkPolicy
    /// `sha256:` and the hash of the rules in their canonical form, hexadecimal. A supervisor that finds other rules than
    /// these gives the sandbox no network.
    public var hash: String
    /// What the rules came from, in the order in which it was named: presets, files, options.
    public var sources: [String]

    /// A policy in force.
    public init(policy: NetworkPolicy, hash: String, sources: [String]) {
        self.policy = policy
        self.hash = hash
        self.sources = sources
    }
}
