import NetworkPolicy

/// Which address stands for which name in a sandbox. The addresses are of 198.18.0.0/15, which belongs to no one (RFC
/// 2544), and follow from a secret and the names: the same names in the same order get the same addresses. Pure.
struct AddressBook {
    /// The first address given out. Those in front of it are the sandbox's own and its name server's.
    static let first: UInt32 = 0xc612_0100
    /// The last; after it comes the block's broadcast address.
    static let last: UInt32 = 0xc613_fffe
    /// At most this many names, about half of the addresses, so that a free one is always found soon.
    static let mostNames = 1 << 16

    private let secret: [UInt8]
    private let capacity: Int
    private var names: [UInt32: HostName] = [:]
    private var addresses: [HostName: UInt32] = [:]

    /// An empty book for at most `capacity` names. The secret has 32 bytes.
    init(secret: [UInt8], capacity: Int) {
        self.secret = secret
        self.capacity = min(capacity, Self.mostNames)
    }

    /// How many names have an address.
    var count: Int { names.count }

    /// The address of a name, in host order, which it gets now where it has none; nil where the book is full.
    mutating func address(of name: HostName) -> UInt32? {
        if let address = addresses[name] { return address }
        guard count < capacity else { return nil }
        var attempt: UInt32 = 0
        var address = candidate(name, attempt)
        while names[address] != nil {
            attempt += 1
            address = candidate(name, attempt)
        }
        names[address] = name
        addresses[name] = address
        return address
    }

    /// Whose address this is; nil where it is nobody's.
    func name(at address: UInt32) -> HostName? { names[address] }

    /// Whether a name has an address already.
    func contains(_ name: HostName) -> Bool { addresses[name] != nil }

    /// Takes the address of a name away, as if the name had never had one. Only right for the latest.
    mutating func remove(_ name: HostName) {
        if let address = addresses.removeValue(forKey: name) { names[address] = nil }
    }

    private func candidate(_ name: HostName, _ attempt: UInt32) -> UInt32 {
        let code = HMAC.sha256(key: secret, attempt.bigEndianBytes + Array(name.description.utf8))
        let number = code.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Self.first + UInt32(number % UInt64(Self.last - Self.first + 1))
    }
}
