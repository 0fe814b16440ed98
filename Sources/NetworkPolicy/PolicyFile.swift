public import JSONText

/// A policy file as it is written: includes are names, and the hosts that the machine is configured for are not known yet.
public struct PolicyFile: Hashable, Sendable {
    /// One line that says what the policy is for; nil where the file says nothing.
    public let purpose: String?
    /// Where its hosts are documented; nil where the file says nothing.
    public let documentation: String?
    /// What it consists of, in the order in which it is written.
    public let entries: [Entry]

    /// One of its rules.
    public struct Entry: Hashable, Sendable {
        /// Where it stands.
        public let position: JSONPosition
        /// What it says.
        public let content: Content
    }

    /// What a rule of a file says.
    public enum Content: Hashable, Sendable {
        /// Everything that another policy says.
        case include(String)
        /// Something may be reached or not.
        case rule(PolicyRule)
        /// The hosts that a package manager of the user's machine is configured for; the rules where it is for none.
        case configured(Ecosystem, otherwise: [PolicyRule])
    }

    /// Package managers whose configuration names hosts.
    public enum Ecosystem: String, Sendable, CaseIterable {
        /// Debian's apt.
        case apt
        /// Python's pip.
        case pip
        /// npm, and what reads its configuration.
        case npm
        /// Rust's cargo.
        case cargo
        /// Go's module proxy.
        case go
    }

    /// Reads a file in the project's own form, or the network part of settings for Anthropic's sandbox runtime (srt).
    ///
    /// - Parameter source: what its rules name as their source: a preset's name, or the path.
    /// - Throws: for anything that is not understood as a whole. A file that says nothing is an error, never a policy.
    public init(parsing bytes: [UInt8], source: String) throws(JSONError) {
        let value = try JSONValue(parsing: bytes)
        if let keys = value.keys, keys.contains("network"), !keys.contains("rules") {
            self = try SandboxRuntimeSettings(value, source: source).policy
            return
        }
        let file = try value.object("a policy", keys: ["$schema", "purpose", "source", "allowBroad", "rules"])
        let reader = RuleReader(source: source, allowBroad: try file["allowBroad"]?.bool("\"allowBroad\"") ?? false)
        _ = try file["$schema"]?.string("\"$schema\"")
        let rules = try file.required("rules", of: "a policy").array("\"rules\"")
        guard rules.count <= NetworkPolicy.ruleLimit else {
            throw JSONError("more than \(NetworkPolicy.ruleLimit) rules", at: rules[NetworkPolicy.ruleLimit].position)
        }
        var entries: [Entry] = []
        for rule in rules { entries.append(Entry(position: rule.position, content: try reader.content(of: rule))) }
        self.init(
            purpose: try file["purpose"]?.string("\"purpose\""),
            documentation: try file["source"]?.string("\"source\""), entries: entries)
    }

    init(purpose: String?, documentation: String?, entries: [Entry]) {
        self.purpose = purpose
        self.documentation = documentation
        self.entries = entries
    }

    /// Whether a text can be the name of a policy: lower-case letters, digits and hyphens, at most 40.
    public static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}

/// Reads the rules of one file.
private struct RuleReader {
    let source: String
    let allowBroad: Bool

    private static let keys = [
        "include", "configured", "else", "domain", "address", "action", "ports", "addresses", "reason",
    ]
    /// The keys of which a rule has exactly one, with those that it may have besides.
    private static let forms: [(key: String, others: [String])] = [
        ("include", ["reason"]),
        ("configured", ["else", "reason"]),
        ("domain", ["action", "ports", "addresses", "reason"]),
        ("address", ["action", "ports", "reason"]),
    ]

    func content(of value: JSONValue) throws(JSONError) -> PolicyFile.Content {
        let rule = try value.object("a rule", keys: Self.keys)
        let forms = Self.forms.filter { rule[$0.key] != nil }
        guard forms.count == 1 else {
            throw JSONError(
                "a rule has exactly one of \"include\", \"configured\", \"domain\" and \"address\"", at: rule.position)
        }
        for member in rule.members where member.key != forms[0].key && !forms[0].others.contains(member.key) {
            throw JSONError("\"\(member.key)\" means nothing beside \"\(forms[0].key)\"", at: member.position)
        }
        let main = try rule.required(forms[0].key, of: "a rule")
        switch forms[0].key {
        case "include": return .include(try name(main))
        case "configured": return try configured(main, rule)
        default: return .rule(try target(main, isDomain: forms[0].key == "domain", rule))
        }
    }

    private func name(_ value: JSONValue) throws(JSONError) -> String {
        let name = try value.string("\"include\"")
        guard PolicyFile.isName(name) else {
            throw JSONError(
                "\(JSONText.excerpt(name)) is no policy's name: an include names a policy, never a path",
                at: value.position)
        }
        return name
    }

    private func target(_ value: JSONValue, isDomain: Bool, _ rule: JSONObject) throws(JSONError) -> PolicyRule {
        let text = try value.string(isDomain ? "\"domain\"" : "\"address\"")
        let target = try located(at: value) { () throws(RuleError) in
            isDomain ? try PolicyRule.Target(domain: text) : try PolicyRule.Target(address: text)
        }
        let result = PolicyRule(
            try action(rule), target, ports: try ports(rule), addresses: try addresses(rule),
            reason: try rule["reason"]?.string("\"reason\""), source: source)
        try located(at: value) { () throws(RuleError) in try result.validate(allowBroad: allowBroad) }
        return result
    }

    private func action(_ rule: JSONObject) throws(JSONError) -> PolicyRule.Action {
        guard let value = rule["action"] else { return .allow }
        guard let action = PolicyRule.Action(rawValue: try value.string("\"action\"")) else {
            throw JSONError("\"action\" must be \"allow\" or \"deny\"", at: value.position)
        }
        return action
    }

    private func ports(_ rule: JSONObject) throws(JSONError) -> [UInt16]? {
        guard let value = rule["ports"] else { return nil }
        let values = try value.array("\"ports\"")
        guard !values.isEmpty else {
            throw JSONError("\"ports\" is empty: leave it out, or name a port", at: value.position)
        }
        var ports: [UInt16] = []
        for value in values {
            let number = try value.integer("a port", in: 1...65535)
            ports.append(try located(at: value) { () throws(RuleError) in try PolicyRule.port(number) })
        }
        return ports
    }

    private func addresses(_ rule: JSONObject) throws(JSONError) -> [IPNetwork] {
        var blocks: [IPNetwork] = []
        for value in try rule["addresses"]?.array("\"addresses\"") ?? [] {
            let text = try value.string("an address")
            blocks.append(try located(at: value) { () throws(RuleError) in try IPNetwork.written(text) })
        }
        return blocks
    }

    private func configured(_ value: JSONValue, _ rule: JSONObject) throws(JSONError) -> PolicyFile.Content {
        let name = try value.string("\"configured\"")
        guard let ecosystem = PolicyFile.Ecosystem(rawValue: name) else {
            let known = PolicyFile.Ecosystem.allCases.map(\.rawValue).joined(separator: ", ")
            throw JSONError("\"configured\" must be one of \(known), not \(JSONText.excerpt(name))", at: value.position)
        }
        let reason = try rule["reason"]?.string("\"reason\"")
        var rules: [PolicyRule] = []
        for value in try rule.required("else", of: "\"configured\"").array("\"else\"") {
            let item = try value.string("a host")
            let result = try located(at: value) { () throws(RuleError) in
                let item = try PolicyItem(item)
                let ports = item.port.map { [$0] }
                let rule = PolicyRule(.allow, item.target, ports: ports, reason: reason, source: source)
                try rule.validate(allowBroad: allowBroad)
                return rule
            }
            rules.append(result)
        }
        return .configured(ecosystem, otherwise: rules)
    }
}

/// Adds to the error of a rule's part where it stands.
func located<Result>(at value: JSONValue, _ body: () throws(RuleError) -> Result) throws(JSONError) -> Result {
    do throws(RuleError) {
        return try body()
    } catch {
        throw JSONError(error.description, at: value.position)
    }
}
