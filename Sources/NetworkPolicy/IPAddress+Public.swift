extension IPAddress {
    /// Whether the address belongs to one machine of the public internet (IANA's special-purpose registries, RFC 6890).
    ///
    /// A name that leads to anything else must not be dialled without a rule that says so: it would be the host, its
    /// neighbours or a cloud's metadata service. Addresses that carry an IPv4 address inside count as not public as a
    /// whole, since a router may unwrap them (NAT64, 6to4, Teredo).
    ///
    /// The documentation blocks 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 and 2001:db8::/32 count as **public** here:
    /// nothing answers at them on the internet, so refusing them protects nothing, and networks built for tests use them.
    public var isPublic: Bool {
        if isMetadataService { return false }
        if isV4 { return !Self.specialV4.contains { $0.contains(self) } }
        return Self.globalUnicast.contains(self) && !Self.specialV6.contains { $0.contains(self) }
    }

    /// Whether no rule may name the address as something that is dialled: inside the sandbox it is the sandbox itself,
    /// or it is no machine's address.
    public var isOwn: Bool { Self.own.contains { $0.contains(self) } }

    /// Whether a cloud answers its machines here with what they are and may do, credentials among it, outside the
    /// link-local block: Alibaba's, Amazon's by IPv6, and Azure's, whose address is in public space.
    var isMetadataService: Bool { Self.metadataServices.contains { $0.contains(self) } }

    private static let metadataServices = blocks("100.100.100.200", "168.63.129.16", "fd00:ec2::254")

    private static let specialV4 = blocks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4")

    /// All of IPv6 that is handed out to machines of the internet; loopback, NAT64, unique local, link-local, site-local,
    /// multicast and the rest lie outside.
    private static let globalUnicast = blocks("2000::/3")[0]

    /// 2001::/23 is for protocols, Teredo (2001::/32) among them; 2002::/16 is 6to4.
    private static let specialV6 = blocks("2001::/23", "2002::/16")

    /// This host, loopback, link-local, the sandbox's synthetic addresses, multicast and reserved.
    static let own = blocks(
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::",
        "::1", "fe80::/10", "ff00::/8")

    private static func blocks(_ texts: String...) -> [IPNetwork] {
        texts.map { text in
            guard let block = IPNetwork(text) else { preconditionFailure("\(text) is no block") }
            return block
        }
    }
}
