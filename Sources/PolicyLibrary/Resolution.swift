import JSONText
import NetworkPolicy

/// Policies being put together into one.
struct Resolution {
    let library: PolicyLibrary
    private var rules: [PolicyRule] = []
    /// What the rules decide, so that none stands twice.
    private var seen: Set<PolicyRule> = []
    private var included: Set<String> = []
    private var sources: [String] = []
    private var notes: [String] = []

    init(library: PolicyLibrary) {
        self.library = library
    }

    /// Adds a policy by name. Policies that others have added already add nothing.
    ///
    /// - Parameters:
    ///   - chain: the names that lead here, each including the next.
    ///   - place: where the include stands; nil where the user typed the name.
    mutating func add(
        name: String, chain: [String], from place: (file: String, position: JSONPosition)?
    ) throws(PolicyError) {
        if chain.contains(name) {
            let loop = (chain.drop { $0 != name } + [name]).joined(separator: " includes ")
            throw PolicyError("policies include each other: \(loop)", file: place?.file, at: place?.position)
        }
        guard included.insert(name).inserted else { return }
        let path: String
        do throws(PolicyError) {
            path = try library.path(of: name)
        } catch {
            throw PolicyError(error.message, file: place?.file, at: place?.position, next: error.next)
        }
        try add(path: path, source: name, chain: chain + [name])
    }

    /// Adds a policy by the path of its file.
    mutating func add(path: String, source: String, chain: [String]) throws(PolicyError) {
        let file = try PolicyLibrary.read(path, source: source)
        note(source: path)
        for entry in file.entries {
            switch entry.content {
            case .rule(let rule): append(rule)
            case .include(let name): try add(name: name, chain: chain, from: (path, entry.position))
            case .configured(let ecosystem, let otherwise):
                let found = try library.machine.hosts(of: ecosystem)
                try add(found, of: ecosystem, otherwise: otherwise, source: source)
            }
        }
    }

    /// Adds a rule, unless one that decides the same is there.
    mutating func append(_ rule: PolicyRule) {
        var key = rule
        key.reason = nil
        key.source = ""
        if seen.insert(key).inserted { rules.append(rule) }
    }

    /// The policy, within its limits.
    func finish() throws(PolicyError) -> ResolvedPolicy {
        let policy = NetworkPolicy(rules: rules)
        do throws(RuleError) {
            try policy.validate()
        } catch {
            throw PolicyError("the policy is too large: \(error)", file: sources.first)
        }
        return ResolvedPolicy(policy: policy, sources: sources, notes: notes)
    }

    private mutating func add(
        _ found: ConfiguredHosts, of ecosystem: PolicyFile.Ecosystem, otherwise: [PolicyRule], source: String
    ) throws(PolicyError) {
        let own = otherwise.map(\.target)
        var isOwnHost = false
        for host in found.hosts {
            note(source: host.origin)
            guard let rule = library.machine.rule(for: host, own: own, source: source) else {
                notes.append(
                    "\(ecosystem.rawValue) is configured for \(host.host) in \(host.origin): inside, that is the sandbox itself"
                )
                continue
            }
            isOwnHost = isOwnHost || own.contains(rule.target)
            append(rule)
        }
        // Settings that name the ecosystem's own host mean its other hosts, too: packages come from a second one.
        if !found.replaceDefault || isOwnHost { for rule in otherwise { append(rule) } }
    }

    private mutating func note(source: String) {
        if !sources.contains(source) { sources.append(source) }
    }
}
