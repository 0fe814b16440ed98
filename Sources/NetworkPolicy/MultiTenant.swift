extension NetworkPolicy {
    /// Hosts that the policy allows and at which anybody can have an account that takes uploads: through them, an agent
    /// can send what it has read to whom it likes. One line each, in the order of the rules.
    public var warnings: [String] {
        var lines: [String] = []
        for rule in rules where rule.action == .allow {
            guard let host = MultiTenant.host(of: rule.target) else { continue }
            let line = "\(rule.target): \(host)"
            if !lines.contains(line) { lines.append(line) }
        }
        return lines
    }
}

/// Shared hosts that accept what strangers send.
private enum MultiTenant {
    static func host(of target: PolicyRule.Target) -> String? {
        switch target {
        case .anyName: "every host there is, with all that accept uploads"
        case .network: nil
        case .name(let name): note(about: name.description)
        case .below(let name):
            note(about: name.description) ?? (known.contains { $0.0.hasSuffix(".\(name)") } ? several : nil)
        }
    }

    private static func note(about name: String) -> String? {
        known.first { name == $0.0 || name.hasSuffix(".\($0.0)") }?.1
    }

    private static let several = "hosts below it take uploads from any account"
    private static let code = "takes pushes, gists, issues or packages from any account"
    private static let storage = "takes uploads into anybody's storage"
    private static let packages = "takes packages from any account"

    private static let known: [(String, String)] = [
        ("github.com", code), ("githubusercontent.com", "serves, and for artifacts takes, what any account uploads"),
        ("ghcr.io", packages), ("gitlab.com", code), ("bitbucket.org", code), ("codeberg.org", code), ("sr.ht", code),
        ("huggingface.co", "takes models and data from any account"),
        ("hf.co", "takes models and data from any account"),
        ("amazonaws.com", storage), ("cloudfront.net", storage), ("storage.googleapis.com", storage),
        ("googleapis.com", storage), ("core.windows.net", storage), ("cloudflarestorage.com", storage),
        ("r2.dev", storage), ("digitaloceanspaces.com", storage), ("backblazeb2.com", storage),
        ("registry.npmjs.org", packages), ("upload.pypi.org", packages), ("crates.io", packages),
        ("docker.io", packages), ("docker.com", packages), ("quay.io", packages),
        ("pastebin.com", storage), ("transfer.sh", storage), ("slack.com", "takes messages to any workspace"),
        ("discord.com", "takes messages to any channel"), ("telegram.org", "takes messages to any chat"),
        ("workers.dev", storage), ("pages.dev", storage), ("vercel.app", storage), ("netlify.app", storage),
        ("herokuapp.com", storage), ("azurewebsites.net", storage), ("web.app", storage), ("appspot.com", storage),
    ]
}
