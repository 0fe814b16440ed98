import JSONText
import NetworkPolicy
import System

/// A host that a package manager is configured for.
struct ConfiguredHost: Hashable, Sendable {
    let host: RepositoryHost.Host
    let port: UInt16
    /// The file or the variable that names it.
    let origin: String
}

/// All hosts that a package manager is configured for.
struct ConfiguredHosts: Equatable, Sendable {
    var hosts: [ConfiguredHost] = []
    /// Whether they take the place of the ecosystem's own hosts, or stand beside them.
    var replaceDefault = false
}

/// The settings of the package managers on the user's machine.
struct MachineSettings: Sendable {
    let home: String
    let environment: [String: String]
    /// In front of the machine's own paths; empty but for tests.
    let root: String

    /// The hosts that a package manager is configured for.
    func hosts(of ecosystem: PolicyFile.Ecosystem) throws(PolicyError) -> ConfiguredHosts {
        switch ecosystem {
        case .apt: try apt()
        case .pip: try pip()
        case .npm: try npm()
        case .cargo: try cargo()
        case .go: try go()
        }
    }

    /// The rule that makes a configured host reachable; nil where it is the machine itself, which a sandbox cannot reach
    /// by that name or address. A name that is not one of the ecosystem's `own` may lead to a private address, since
    /// mirrors are often inside a site's network; nothing is looked up, so a mirror may move.
    func rule(for host: ConfiguredHost, own: [PolicyRule.Target], source: String) -> PolicyRule? {
        let target: PolicyRule.Target
        switch host.host {
        case .address(let address):
            guard !address.isOwn else { return nil }
            target = .network(IPNetwork(address))
        case .name(let name):
            guard !name.isOwn else { return nil }
            target = .name(name)
        }
        let isMirror = if case .name = target { !own.contains(target) } else { false }
        return PolicyRule(
            .allow, target, ports: [host.port], addresses: isMirror ? Self.privateBlocks : [],
            reason: "configured in \(host.origin)", source: source)
    }

    /// The blocks for private networks (RFC 1918, RFC 6598, RFC 4193).
    private static let privateBlocks = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
        .compactMap { IPNetwork($0) }

    private func apt() throws(PolicyError) -> ConfiguredHosts {
        var found = ConfiguredHosts()
        let folder = "\(root)/etc/apt"
        for path in ["\(folder)/sources.list"] + (try SettingsFile.paths(in: "\(folder)/sources.list.d")) {
            guard path.hasSuffix(".list") || path.hasSuffix(".sources") else { continue }
            try add(path, to: &found) { lines throws(SettingError) in
                path.hasSuffix(".list") ? try AptSources.oneLine(lines) : try AptSources.deb822(lines)
            }
        }
        found.replaceDefault = !found.hosts.isEmpty
        return found
    }

    private func pip() throws(PolicyError) -> ConfiguredHosts {
        var found = ConfiguredHosts()
        for (variable, replaces) in [("PIP_INDEX_URL", true), ("PIP_EXTRA_INDEX_URL", false)] {
            guard let value = environment[variable], !value.isEmpty else { continue }
            try add(value.words.map { ConfiguredURL(text: $0, line: 1) }, from: variable, to: &found)
            if replaces { found.replaceDefault = true }
        }
        let user = [
            "\(environment["XDG_CONFIG_HOME"] ?? "\(home)/.config")/pip/pip.conf", "\(home)/.pip/pip.conf",
        ]
        let named = environment["PIP_CONFIG_FILE"]
        // /dev/null there is pip's way to be told to read no file at all.
        if named == "/dev/null" { return found }
        for path in ["\(root)/etc/pip.conf", "\(root)/etc/xdg/pip/pip.conf"] + user + [named].compactMap({ $0 }) {
            guard let lines = try SettingsFile.lines(path) else { continue }
            let indexes = PipSettings.parse(lines)
            try add(indexes.index + indexes.extra, from: path, to: &found)
            if !indexes.index.isEmpty { found.replaceDefault = true }
        }
        return found
    }

    private func npm() throws(PolicyError) -> ConfiguredHosts {
        var found = ConfiguredHosts()
        for (variable, value) in environment.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
            // npm takes its variables in any case.
            let key = variable.lowercased()
            guard key == "npm_config_registry" || key.hasPrefix("npm_config_@") && key.hasSuffix(":registry") else {
                continue
            }
            try add([ConfiguredURL(text: value, line: 1)], from: variable, to: &found)
            if key == "npm_config_registry" { found.replaceDefault = true }
        }
        let user = environment["NPM_CONFIG_USERCONFIG"] ?? environment["npm_config_userconfig"] ?? "\(home)/.npmrc"
        for path in [user, "\(root)/etc/npmrc", "\(root)/usr/etc/npmrc", "\(root)/usr/local/etc/npmrc"] {
            guard let lines = try SettingsFile.lines(path) else { continue }
            let registries = NpmSettings.parse(lines, environment: environment)
            try add(registries.registry + registries.scoped, from: path, to: &found)
            if !registries.registry.isEmpty { found.replaceDefault = true }
        }
        return found
    }

    private func cargo() throws(PolicyError) -> ConfiguredHosts {
        var found = ConfiguredHosts()
        for (variable, value) in environment.sorted(by: { $0.key < $1.key })
        where variable.hasPrefix("CARGO_REGISTRIES_") && variable.hasSuffix("_INDEX") {
            try add([ConfiguredURL(text: value, line: 1)], from: variable, to: &found)
        }
        let folder = environment["CARGO_HOME"] ?? "\(home)/.cargo"
        for path in ["\(folder)/config.toml", "\(folder)/config"] {
            guard try SettingsFile.exists(path) else { continue }
            var isReplaced = false
            try add(path, to: &found) { lines throws(SettingError) in
                let settings = try CargoSettings(lines)
                let replacement = try settings.replacement()
                isReplaced = replacement != nil
                return settings.registries + (replacement ?? [])
            }
            found.replaceDefault = isReplaced
            // Cargo reads only the first of the two.
            break
        }
        return found
    }

    private func go() throws(PolicyError) -> ConfiguredHosts {
        var found = ConfiguredHosts()
        if let list = environment["GOPROXY"], !list.isEmpty {
            try add(GoSettings.proxies(list), from: "GOPROXY", to: &found)
            found.replaceDefault = true
            return found
        }
        let path = environment["GOENV"] ?? "\(environment["XDG_CONFIG_HOME"] ?? "\(home)/.config")/go/env"
        guard path != "off", let lines = try SettingsFile.lines(path), let list = GoSettings.parse(lines) else {
            return found
        }
        try add(GoSettings.proxies(list.text, line: list.line), from: path, to: &found)
        found.replaceDefault = true
        return found
    }
}

extension MachineSettings {
    /// Adds what a file names, if it is there.
    private func add(
        _ path: String, to found: inout ConfiguredHosts, parse: ([String]) throws(SettingError) -> [ConfiguredURL]
    ) throws(PolicyError) {
        guard let lines = try SettingsFile.lines(path) else { return }
        let urls: [ConfiguredURL]
        do throws(SettingError) {
            urls = try parse(lines)
        } catch {
            throw Self.error(error.reason, in: path, line: error.line)
        }
        try add(urls, from: path, to: &found)
    }

    /// Adds the hosts of some URLs of a file, or of a variable.
    private func add(
        _ urls: [ConfiguredURL], from origin: String, to found: inout ConfiguredHosts
    ) throws(PolicyError) {
        for url in urls {
            do throws(RepositoryHost.Failure) {
                guard let host = try RepositoryHost.parse(url.text) else { continue }
                let entry = ConfiguredHost(host: host.host, port: host.port, origin: origin)
                if !found.hosts.contains(where: { $0.host == entry.host && $0.port == entry.port }) {
                    found.hosts.append(entry)
                }
            } catch {
                throw Self.error(error.reason, in: origin, line: url.line)
            }
        }
    }

    private static func error(_ reason: String, in origin: String, line: Int) -> PolicyError {
        guard origin.contains("/") else { return PolicyError("\(origin) has \(reason)") }
        return PolicyError("\(reason) in the settings of a package manager", file: origin, at: JSONPosition(line: line))
    }
}
