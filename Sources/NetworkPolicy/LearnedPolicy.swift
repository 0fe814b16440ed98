import JSONText

/// Something that was refused.
public struct RefusedConnection: Hashable, Sendable {
    /// The name or the address, as it was dialled or looked up.
    public let host: String
    /// The port; nil for a name that was only looked up.
    public let port: UInt16?
    /// Why it was refused.
    public let reason: RefusalReason

    /// A refusal.
    public init(host: String, port: UInt16?, reason: RefusalReason) {
        self.host = host
        self.port = port
        self.reason = reason
    }
}

/// The smallest policy that would have allowed what was refused: a file to review, never applied by itself.
public struct LearnedPolicy: Hashable, Sendable {
    /// The file; nil where nothing was refused that a rule could allow.
    public let text: String?
    /// What is not in the file, and why; one line each.
    public let notes: [String]

    /// A policy of exact names, in the order of the alphabet, with the ports that were dialled. No wildcard is made up. A
    /// name that was only looked up has no "ports", that is: the usual ones.
    public init(_ refused: [RefusedConnection], purpose: String) {
        var ports: [String: Set<UInt16>] = [:]
        var notes: Set<String> = []
        for connection in refused {
            switch Self.allowance(of: connection) {
            case .success(let name): ports[name.description, default: []].formUnion(connection.port.map { [$0] } ?? [])
            case .failure(let error): notes.insert(error.description)
            }
        }
        var listeners = Set(PolicyRule.usualPorts)
        var rules: [String] = []
        for name in ports.keys.sorted().prefix(NetworkPolicy.ruleLimit) {
            let wanted = ports[name, default: []].sorted()
            let kept = wanted.filter { Self.addPort($0, to: &listeners) }
            if kept.count < wanted.count {
                notes.insert(
                    "left out \(wanted.count - kept.count) ports of \(name): "
                        + "a policy has at most \(PolicyRule.portLimit), 80 and 443 among them")
            }
            // Without ports, a rule would be about the usual ones.
            if wanted.isEmpty || !kept.isEmpty { rules.append(Self.rule(name, ports: kept)) }
        }
        if ports.count > NetworkPolicy.ruleLimit {
            notes.insert("left out \(ports.count - NetworkPolicy.ruleLimit) names: a policy has no more rules")
        }
        text = rules.isEmpty ? nil : Self.file(purpose: purpose, rules: rules)
        self.notes = notes.sorted()
    }

    /// Whether a policy that has some ports may have one more.
    private static func addPort(_ port: UInt16, to ports: inout Set<UInt16>) -> Bool {
        guard ports.contains(port) || ports.count < PolicyRule.portLimit else { return false }
        ports.insert(port)
        return true
    }

    private static func file(purpose: String, rules: [String]) -> String {
        """
        {
          "purpose": \(JSONText.quoted(purpose)),
          "rules": [
        \(rules.joined(separator: ",\n"))
          ]
        }

        """
    }

    private static func rule(_ name: String, ports: [UInt16]) -> String {
        let list = ports.map { String($0) }.joined(separator: ", ")
        return "    {\"domain\": \(JSONText.quoted(name))\(ports.isEmpty ? "" : ", \"ports\": [\(list)]")}"
    }

    /// The name that a rule would allow.
    private static func allowance(of connection: RefusedConnection) -> Result<HostName, RuleError> {
        let host = JSONText.excerpt(connection.host)
        let left = { (why: String) in Result<HostName, RuleError>.failure(RuleError("left out \(host): \(why)")) }
        switch connection.reason {
        case .notListed, .portNotListed: break
        case .denied: return left("a rule denies it")
        case .notPublic: return left("it leads to an address that is not public: a rule must name that, too")
        case .otherHost: return left("another host was named inside the connection")
        case .otherProtocol: return left("what was sent is not the port's protocol")
        case .unresolved, .unreachable, .limit: return left("the policy was not the trouble")
        }
        if connection.port == 53 { return left("port 53 is the gateway's own") }
        if IPAddress(connection.host) != nil { return left("an address needs a rule of its own, written by hand") }
        guard let name = HostName(connection.host) else { return left("it is no name of a host") }
        if name.description.hasSuffix(".arpa") { return left("it asks for the name of an address, which has none") }
        return name.isOwn ? left("it is the sandbox itself") : .success(name)
    }
}
