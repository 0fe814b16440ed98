/// Changes to a policy in force. Each gives a new policy and leaves this one alone.
extension NetworkPolicy {
    /// The policy with one more rule that allows. A rule that allows the same already adds nothing.
    ///
    /// - Throws: where a denial would win all the same, naming it; where the policy would exceed its limits.
    public func allowing(_ rule: PolicyRule) throws(PolicyError) -> NetworkPolicy {
        precondition(rule.action == .allow)
        let denial = rules.first { denial in
            denial.action == .deny && denial.covers(rule.target)
                && rule.ports.contains { denial.covers(port: $0) }
        }
        if let denial {
            throw PolicyError(
                "\(rule.target) stays denied: the rule \"\(denial)\" of \(denial.source) wins",
                next: "task policy revoke TASK '\(PolicyItem(target: denial.target, port: nil))'")
        }
        let isThere = rules.contains {
            $0.action == .allow && $0.target == rule.target && Set($0.ports).isSuperset(of: rule.ports)
                && Set($0.addresses).isSuperset(of: rule.addresses)
        }
        return isThere ? self : try adding(rule)
    }

    /// The policy with one more rule that denies.
    public func denying(_ rule: PolicyRule) throws(PolicyError) -> NetworkPolicy {
        precondition(rule.action == .deny)
        let isThere = rules.contains {
            $0.action == .deny && $0.target == rule.target
                && ($0.ports.isEmpty || !rule.ports.isEmpty && Set($0.ports).isSuperset(of: rule.ports))
        }
        return isThere ? self : try adding(rule)
    }

    /// What is left when rules are taken away.
    public struct Revocation: Hashable, Sendable {
        /// The new policy.
        public let policy: NetworkPolicy
        /// The rules that went, or lost a port.
        public let removed: [PolicyRule]
        /// Rules that go on allowing something of what was revoked.
        public let remaining: [PolicyRule]
    }

    /// The policy without the rules about exactly this target, whether they allow or deny, and wherever they came from;
    /// with a port, without that port of theirs.
    ///
    /// - Throws: where there is no such rule, or where every port is denied and only one is to be taken out.
    public func revoking(_ target: PolicyRule.Target, port: UInt16? = nil) throws(PolicyError) -> Revocation {
        var kept: [PolicyRule] = []
        var removed: [PolicyRule] = []
        for rule in rules {
            guard rule.target == target, port.map(rule.covers(port:)) ?? true else {
                kept.append(rule)
                continue
            }
            removed.append(rule)
            guard let port else { continue }
            guard !rule.ports.isEmpty else {
                throw PolicyError(
                    "the rule \"\(rule)\" of \(rule.source) is about every port, and cannot lose one",
                    next: "task policy revoke TASK '\(PolicyItem(target: target, port: nil))'")
            }
            var rest = rule
            rest.ports.removeAll { $0 == port }
            if !rest.ports.isEmpty { kept.append(rest) }
        }
        guard !removed.isEmpty else {
            throw PolicyError(
                "no rule is about exactly \(PolicyItem(target: target, port: port))",
                next: "task policy show --task TASK")
        }
        let ports = port.map { [$0] } ?? removed.flatMap(\.ports)
        let remaining = kept.filter { rule in
            rule.action == .allow && rule.covers(target) && (ports.isEmpty || ports.contains { rule.covers(port: $0) })
        }
        return Revocation(policy: NetworkPolicy(rules: kept), removed: removed, remaining: remaining)
    }

    private func adding(_ rule: PolicyRule) throws(PolicyError) -> NetworkPolicy {
        let result = NetworkPolicy(rules: rules + [rule])
        do throws(RuleError) {
            try result.validate()
        } catch {
            throw PolicyError("\(PolicyItem(target: rule.target, port: nil)) cannot be added: \(error)")
        }
        return result
    }
}

extension PolicyRule {
    /// Whether the rule is about everything that the target is about.
    func covers(_ other: Target) -> Bool {
        switch (target, other) {
        case (.anyName, .name), (.anyName, .below), (.anyName, .anyName): true
        case (_, .name(let name)): matches(name)
        case (.below(let own), .below(let name)): own == name || name.isBelow(own)
        case (.network(let own), .network(let block)): own.contains(block)
        default: false
        }
    }
}
