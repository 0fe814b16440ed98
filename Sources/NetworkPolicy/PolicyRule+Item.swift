import JSONText

extension PolicyRule {
    /// A rule from what is typed: `example.com`, `*.example.com:8443`, `203.0.113.5:22`, `10.0.0.0/8:5432`,
    /// `[2001:db8::1]:443`.
    ///
    /// - Throws: with the reason; too wide a pattern is refused, as in a file that does not say `allowBroad`.
    public init(item text: String, action: Action = .allow, reason: String? = nil, source: String) throws(RuleError) {
        let item = try PolicyItem(text)
        self.init(action, item.target, ports: item.port.map { [$0] }, reason: reason, source: source)
        try validate(allowBroad: false)
    }
}

/// A target and perhaps a port, as they are typed.
public struct PolicyItem: Hashable, Sendable, CustomStringConvertible {
    /// What it is about.
    public let target: PolicyRule.Target
    /// The port; nil where none was typed.
    public let port: UInt16?

    /// Reads `name[:port]`, `*.name[:port]`, `address[/length][:port]` or `[v6-address[/length]][:port]`.
    public init(_ text: String) throws(RuleError) {
        let (host, port) = try Self.split(text)
        self.port = port
        if host.hasPrefix("["), host.hasSuffix("]") {
            target = try PolicyRule.Target(address: String(host.dropFirst().dropLast()))
            if case .network(let block) = target, block.address.isV4, !host.contains(":") {
                throw RuleError("\(JSONText.excerpt(text)): brackets are for IPv6 addresses")
            }
        } else if host.contains(":") || host.contains("/") || IPAddress(host) != nil {
            target = try PolicyRule.Target(address: host)
        } else {
            target = try PolicyRule.Target(domain: host)
        }
    }

    /// An item from its parts.
    public init(target: PolicyRule.Target, port: UInt16?) {
        self.target = target
        self.port = port
    }

    /// As it is typed.
    public var description: String {
        port.map { "\(target.withBrackets):\($0)" } ?? target.description
    }

    /// The port is what follows the last colon, unless that colon belongs to an IPv6 address.
    private static func split(_ text: String) throws(RuleError) -> (host: String, port: UInt16?) {
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else { return (text, nil) }
        let host = String(text[..<colon])
        if host.contains(":"), !host.hasSuffix("]") { return (text, nil) }
        guard let number = decimal(Array(text[text.index(after: colon)...].utf8)[...], limit: 999_999) else {
            throw RuleError("\(JSONText.excerpt(text)) does not end in a port from 1 to 65535")
        }
        return (host, try PolicyRule.port(number))
    }
}
