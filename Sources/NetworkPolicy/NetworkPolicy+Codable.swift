/// A rule as it stands in a task's state. Reading checks everything again: a damaged state must not become a wider policy.
extension PolicyRule: Codable {
    /// Reads a rule.
    ///
    /// - Throws: `DecodingError` for an unknown key, and for what is not written as `encode` writes it.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(besides: StoredRule.CodingKeys.allCases.map(\.rawValue))
        let stored = try StoredRule(from: decoder)
        do throws(RuleError) {
            self = try stored.rule()
        } catch {
            throw decoder.damaged(error.description)
        }
    }

    /// Writes the rule.
    public func encode(to encoder: any Encoder) throws {
        try StoredRule(self).encode(to: encoder)
    }
}

private struct StoredRule: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case action, domain, address, ports, addresses, reason, source
    }

    var action: PolicyRule.Action
    var domain: String?
    var address: String?
    var ports: [UInt16]?
    var addresses: [String]?
    var reason: String?
    var source: String

    init(_ rule: PolicyRule) {
        action = rule.action
        if case .network = rule.target { address = rule.target.description } else { domain = rule.target.description }
        ports = rule.ports.isEmpty ? nil : rule.ports
        addresses = rule.addresses.isEmpty ? nil : rule.addresses.map(\.description)
        reason = rule.reason
        source = rule.source
    }

    func rule() throws(RuleError) -> PolicyRule {
        let target: PolicyRule.Target
        switch (domain, address) {
        case (let domain?, nil): target = try PolicyRule.Target(domain: domain)
        case (nil, let address?): target = try PolicyRule.Target(address: address)
        default: throw RuleError("a rule has one of domain and address")
        }
        guard target.description == domain ?? address else { throw RuleError("\(target) is written in another form") }
        let ports = ports ?? []
        guard action == .deny || !ports.isEmpty else { throw RuleError("a rule that allows has ports") }
        for port in ports { _ = try PolicyRule.port(Int(port)) }
        var blocks: [IPNetwork] = []
        for text in addresses ?? [] { blocks.append(try IPNetwork.written(text)) }
        let rule = PolicyRule(action, target, ports: ports, addresses: blocks, reason: reason, source: source)
        // Whether it was meant to be broad was decided when the policy was resolved.
        try rule.validate(allowBroad: true)
        return rule
    }
}

/// A resolved policy as it stands in a task's state: `{"rules":[…]}`.
extension NetworkPolicy: Codable {
    private enum Key: String, CodingKey {
        case rules
    }

    /// Reads a policy; what is damaged is an error, never another policy.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseKeys(besides: ["rules"])
        self.init(rules: try decoder.container(keyedBy: Key.self).decode([PolicyRule].self, forKey: .rules))
        do throws(RuleError) {
            try validate()
        } catch {
            throw decoder.damaged(error.description)
        }
    }

    /// Writes the policy.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(rules, forKey: .rules)
    }
}

extension Decoder {
    fileprivate func damaged(_ message: String) -> DecodingError {
        DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: message))
    }

    fileprivate func refuseKeys(besides known: [String]) throws {
        for key in try container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw damaged("unknown key \(key.stringValue)")
        }
    }
}

/// Every key there is, so that unknown ones can be seen.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}
