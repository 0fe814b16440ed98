import JSONText

/// Why a part of a rule is refused; the place and the file are the caller's to add.
public struct RuleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong; lower case, no full stop.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension PolicyRule {
    /// The most ports of one rule, and of one policy: the guest opens a listener for each.
    public static let portLimit = 64

    /// A port that a rule may name.
    static func port(_ number: Int) throws(RuleError) -> UInt16 {
        guard (1...65535).contains(number) else { throw RuleError("port \(number) is not from 1 to 65535") }
        guard number != 53 else {
            throw RuleError("port 53 is the gateway's own: names are looked up there, nothing else is reached")
        }
        return UInt16(number)
    }

    /// Whether the rule may stand in a policy.
    ///
    /// - Throws: where it would allow more than anybody means, or what cannot be.
    func validate(allowBroad: Bool) throws(RuleError) {
        guard ports.count <= Self.portLimit else { throw RuleError("more than \(Self.portLimit) ports") }
        for block in addresses where IPAddress.neverDialled.contains(where: { $0.overlaps(block) }) {
            throw RuleError("\(block) has link-local addresses, or such as no machine has: they cannot be dialled")
        }
        guard action == .allow else {
            if !addresses.isEmpty {
                throw RuleError("\"addresses\" in a rule that denies: it denies wherever a name leads")
            }
            return
        }
        if case .network(let block) = target {
            if !addresses.isEmpty { throw RuleError("an address rule has no \"addresses\"") }
            if IPAddress.own.contains(where: { $0.contains(block) }) {
                throw RuleError("\(block) is the sandbox itself, link-local or no machine's: it cannot be allowed")
            }
        }
        if case .name(let name) = target, name.isOwn { throw RuleError(Self.localName) }
        if case .below(let name) = target, name.isOwn { throw RuleError(Self.localName) }
        if !allowBroad, let reason = target.breadth {
            throw RuleError("\(target) \(reason); where that is meant, a policy file can say \"allowBroad\": true")
        }
    }

    private static let localName = "localhost is the sandbox itself: it needs no rule, and the host's cannot be reached"
}

extension HostName {
    /// Whether the name leads to the machine that asks (RFC 6761, 6.3): inside a sandbox, the sandbox itself.
    public var isOwn: Bool { description == "localhost" || description.hasSuffix(".localhost") }
}

extension IPAddress {
    /// What a name may not lead to even where a rule names it. Loopback is absent: a service on the host itself is a
    /// thing that a user can want to open by name.
    static let neverDialled = own.filter { $0.address.bytes.first != 127 && $0.description != "::1" }
}

extension PolicyRule.Target {
    /// What people write as a domain: `example.com`, `*.example.com`, `*`.
    public init(domain text: String) throws(RuleError) {
        if text == "*" {
            self = .anyName
            return
        }
        do {
            if text.hasPrefix("*.") {
                self = .below(try HostName(written: String(text.dropFirst(2))))
            } else {
                self = .name(try HostName(written: text))
            }
        } catch {
            throw RuleError(error.description)
        }
    }

    /// What people write as an address: `203.0.113.5`, `10.0.0.0/8`, `2001:db8::/32`.
    public init(address text: String) throws(RuleError) {
        self = .network(try IPNetwork.written(text))
    }
}

extension IPNetwork {
    static func written(_ text: String) throws(RuleError) -> IPNetwork {
        if let block = IPNetwork(text) { return block }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isLoose = parts.count == 2 && IPAddress(parts[0]) != nil && Int(parts[1]) != nil
        let hint = isLoose ? "the bits after the prefix must be zero" : "as 203.0.113.5 or 10.0.0.0/8"
        throw RuleError("\(JSONText.excerpt(text)) is no address and no block of addresses (\(hint))")
    }
}
