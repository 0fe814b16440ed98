/// One rule of a policy in force.
public struct PolicyRule: Hashable, Sendable {
    /// What a rule does.
    public enum Action: String, Codable, Sendable {
        /// What it matches may be reached, unless another rule denies it.
        case allow
        /// What it matches may not be reached, whatever other rules say.
        case deny
    }

    /// What a rule is about.
    public enum Target: Hashable, Sendable {
        /// Exactly this name: `example.com`.
        case name(HostName)
        /// Every name below this one, at any depth, and not the name itself: `*.example.com`.
        case below(HostName)
        /// Every name: `*`.
        case anyName
        /// The addresses of a block, dialled as addresses.
        case network(IPNetwork)
    }

    /// What it does.
    public var action: Action
    /// What it is about.
    public var target: Target
    /// The TCP ports that it is about, in order, each once; none means every port, which only a denial may say.
    public var ports: [UInt16]
    /// Where an allowed name may lead although it is not public: answers in these blocks are accepted.
    public var addresses: [IPNetwork]
    /// Why, in the words of whoever wrote it.
    public var reason: String?
    /// Where the rule comes from: a preset's name, a file, an option, `live`.
    public var source: String

    /// The ports of a rule that names none.
    public static let usualPorts: [UInt16] = [80, 443]

    /// A rule.
    public init(
        _ action: Action, _ target: Target, ports: [UInt16]? = nil, addresses: [IPNetwork] = [], reason: String? = nil,
        source: String
    ) {
        self.action = action
        self.target = target
        self.ports = ports.map { Set($0).sorted() } ?? (action == .allow ? Self.usualPorts : [])
        self.addresses = addresses
        self.reason = reason
        self.source = source
    }

    func covers(port: UInt16) -> Bool { action == .deny && ports.isEmpty || ports.contains(port) }

    func matches(_ name: HostName) -> Bool {
        switch target {
        case .name(let own): own == name
        case .below(let own): name.isBelow(own)
        case .anyName: true
        case .network: false
        }
    }

    func matches(_ address: IPAddress) -> Bool {
        if case .network(let network) = target { network.contains(address) } else { false }
    }
}

extension PolicyRule: CustomStringConvertible {
    /// "allow *.npmjs.org:443"; an IPv6 address in front of ports has brackets.
    public var description: String {
        guard !ports.isEmpty else { return "\(action.rawValue) \(target)" }
        let list = ports.map { String($0) }.joined(separator: ",")
        return "\(action.rawValue) \(target.withBrackets):\(list)"
    }
}

extension PolicyRule.Target: CustomStringConvertible {
    /// As it is written in a policy file.
    public var description: String {
        switch self {
        case .name(let name): name.description
        case .below(let name): "*.\(name)"
        case .anyName: "*"
        case .network(let network): network.description
        }
    }

    /// The same where a port can follow.
    var withBrackets: String {
        if case .network(let network) = self, !network.address.isV4 { "[\(network)]" } else { description }
    }
}
