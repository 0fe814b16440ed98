import JSONText

/// The network part of settings for Anthropic's sandbox runtime (github.com/anthropics/sandbox-runtime,
/// `src/sandbox/sandbox-config.ts`), so that files that people have can be used as they are.
///
/// What concerns something else than the network is not read; a key that srt does not know either is an error. An entry
/// without a port means the usual ports here and any port there.
struct SandboxRuntimeSettings {
    let policy: PolicyFile

    private static let keys = [
        "$schema", "network", "filesystem", "credentials", "ignoreViolations", "enableWeakerNestedSandbox",
        "enableWeakerNetworkIsolation", "allowAppleEvents", "ripgrep", "mandatoryDenySearchDepth", "allowPty",
        "seccomp", "bwrapPath", "socatPath", "windows", "git",
    ]
    private static let networkKeys = [
        "allowedDomains", "deniedDomains", "deniedDomainReasons", "strictAllowlist", "allowAllDomains",
        "allowUnixSockets", "allowAllUnixSockets", "allowLocalBinding", "allowMachLookup", "httpProxyPort",
        "socksProxyPort", "mitmProxy", "tlsTerminate", "parentProxy",
    ]

    init(_ value: JSONValue, source: String) throws(JSONError) {
        let file = try value.object("srt settings", keys: Self.keys)
        let network = try file.required("network", of: "srt settings").object("\"network\"", keys: Self.networkKeys)
        if let all = network["allowAllDomains"], try all.bool("\"allowAllDomains\"") {
            throw JSONError("\"allowAllDomains\" is not possible here: list what is needed", at: all.position)
        }
        var entries: [PolicyFile.Entry] = []
        let allowed = try network.required("allowedDomains", of: "\"network\"").array("\"allowedDomains\"")
        for value in allowed {
            guard let rule = try Self.rule(.allow, value, source: source, reasons: nil) else { continue }
            entries.append(PolicyFile.Entry(position: value.position, content: .rule(rule)))
        }
        let reasons = network["deniedDomainReasons"]
        for value in try network["deniedDomains"]?.array("\"deniedDomains\"") ?? [] {
            guard let rule = try Self.rule(.deny, value, source: source, reasons: reasons) else { continue }
            entries.append(PolicyFile.Entry(position: value.position, content: .rule(rule)))
        }
        guard entries.count <= NetworkPolicy.ruleLimit else {
            throw JSONError("more than \(NetworkPolicy.ruleLimit) domains", at: value.position)
        }
        policy = PolicyFile(purpose: nil, documentation: nil, entries: entries)
    }

    /// nil for the machine's own name and addresses: inside they are the sandbox's, which need no rule.
    private static func rule(
        _ action: PolicyRule.Action, _ value: JSONValue, source: String, reasons: JSONValue?
    ) throws(JSONError) -> PolicyRule? {
        let text = try value.string("a domain")
        let item = try located(at: value) { () throws(RuleError) in try PolicyItem(text) }
        switch item.target {
        case .name(let name) where name.isOwn: return nil
        case .network(let block) where block.address.isOwn: return nil
        default: break
        }
        let rule = PolicyRule(
            action, item.target, ports: item.port.map { [$0] }, reason: try reason(of: text, in: reasons),
            source: source)
        try located(at: value) { () throws(RuleError) in try rule.validate(allowBroad: false) }
        return rule
    }

    private static func reason(of entry: String, in reasons: JSONValue?) throws(JSONError) -> String? {
        guard let reasons else { return nil }
        guard case .object(let members) = reasons.content else {
            throw JSONError("\"deniedDomainReasons\" must be an object, not \(reasons.kind)", at: reasons.position)
        }
        return try members.first { $0.key == entry }?.value.string("a reason")
    }
}
