/// What a sandbox may reach: rules without includes. A value: deciding reads nothing and asks no one.
public struct NetworkPolicy: Sendable {
    /// The rules. Their order does not matter: a denial wins, and what no rule names is refused.
    public var rules: [PolicyRule] {
        didSet { index = RuleIndex(rules) }
    }

    private var index: RuleIndex

    /// A policy of some rules.
    public init(rules: [PolicyRule] = []) {
        self.rules = rules
        index = RuleIndex(rules)
    }

    /// A policy that refuses every name and every address.
    public static let none = NetworkPolicy()

    /// The TCP ports that the policy can have an opinion about, in order. The guest opens one listener for each; a port
    /// without a listener is closed by the sandbox's own kernel.
    public var ports: [UInt16] {
        Set(rules.filter { $0.action == .allow }.flatMap(\.ports)).union(PolicyRule.usualPorts).sorted()
    }

    /// Decides about a connection to a name.
    public func decide(_ name: HostName, port: UInt16) -> Decision {
        decide(rules(for: name), port: port)
    }

    /// Decides about a connection to an address that was dialled as such. Addresses that are the sandbox itself, or no
    /// machine's, are refused whatever the rules say: dialled from outside, they would be the host.
    public func decide(_ address: IPAddress, port: UInt16) -> Decision {
        address.isOwn ? .refuse(.notPublic, rule: nil) : decide(rules(for: address), port: port)
    }

    /// Decides whether a name exists for the sandbox, that is: whether it may be reached on any port at all.
    public func decide(_ name: HostName) -> Decision {
        let matching = rules(for: name)
        let ports = Set(matching.filter { $0.action == .allow }.flatMap(\.ports)).sorted()
        let decisions = ports.map { decide(matching, port: $0) }
        if let allowed = decisions.first(where: \.isAllowed) { return allowed }
        if let refused = decisions.first { return refused }
        let denial = matching.first { $0.action == .deny }
        return .refuse(denial == nil ? .notListed : .denied, rule: denial)
    }

    /// Whether an answer that is not public may be dialled for a name: only where a rule that allows the name names
    /// the address. A block names no metadata service in it.
    public func permits(_ address: IPAddress, for name: HostName, port: UInt16) -> Bool {
        rules(for: name).contains { rule in
            rule.action == .allow && rule.covers(port: port)
                && rule.addresses.contains {
                    $0.contains(address) && ($0.isSingleAddress || !address.isMetadataService)
                }
        }
    }

    /// The rule that denies an address, whether it is dialled as such or a name leads there; nil where none does.
    public func denial(of address: IPAddress, port: UInt16) -> PolicyRule? {
        rules(for: address).first { $0.action == .deny && $0.covers(port: port) }
    }

    /// Explains what is decided about a name.
    public func explain(_ name: HostName, port: UInt16) -> Explanation {
        explain(rules(for: name), port: port, decision: decide(name, port: port))
    }

    /// Explains what is decided about an address.
    public func explain(_ address: IPAddress, port: UInt16) -> Explanation {
        explain(rules(for: address), port: port, decision: decide(address, port: port))
    }

    /// The rules that name a name, in the policy's order.
    func rules(for name: HostName) -> [PolicyRule] { index.places(of: name).map { rules[$0] } }

    /// The rules that name an address, in the policy's order.
    func rules(for address: IPAddress) -> [PolicyRule] {
        index.networks.map { rules[$0] }.filter { $0.matches(address) }
    }

    private func decide(_ matching: [PolicyRule], port: UInt16) -> Decision {
        let covering = matching.filter { $0.covers(port: port) }
        if let denial = covering.first(where: { $0.action == .deny }) { return .refuse(.denied, rule: denial) }
        if let allowance = covering.first { return .allow(rule: allowance) }
        let isPortTheTrouble = matching.contains { $0.action == .allow }
        return .refuse(isPortTheTrouble ? .portNotListed : .notListed, rule: nil)
    }

    private func explain(_ matching: [PolicyRule], port: UInt16, decision: Decision) -> Explanation {
        Explanation(
            decision: decision, matching: matching.filter { $0.covers(port: port) },
            otherPorts: matching.filter { !$0.covers(port: port) })
    }
}

/// The index follows from the rules.
extension NetworkPolicy: Hashable {
    /// True where the rules are the same, in the same order.
    public static func == (left: NetworkPolicy, right: NetworkPolicy) -> Bool { left.rules == right.rules }

    /// Feeds the rules to the hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(rules) }
}

/// Where the rules about a name stand, so that a connection costs by the name's labels and not by the policy's length.
private struct RuleIndex: Sendable {
    private var names: [String: [Int]] = [:]
    private var below: [String: [Int]] = [:]
    private var anyName: [Int] = []
    private(set) var networks: [Int] = []

    init(_ rules: [PolicyRule]) {
        for (place, rule) in rules.enumerated() {
            switch rule.target {
            case .name(let name): names[name.description, default: []].append(place)
            case .below(let name): below[name.description, default: []].append(place)
            case .anyName: anyName.append(place)
            case .network: networks.append(place)
            }
        }
    }

    func places(of name: HostName) -> [Int] {
        var places = anyName + (names[name.description] ?? [])
        if !below.isEmpty {
            for parent in name.parents { places += below[String(parent)] ?? [] }
        }
        return places.sorted()
    }
}
