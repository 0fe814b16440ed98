/// An IPv4 or IPv6 address.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four or sixteen bytes, the most significant one first.
    public let bytes: [UInt8]

    /// An IPv4 address; the first of the four numbers is in the highest byte.
    public init(v4 number: UInt32) {
        bytes = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }

    /// An address from its bytes; nil where they are neither four nor sixteen. An IPv4 address in IPv6 form
    /// (`::ffff:0:0/96`, RFC 4291, 2.5.5.2) becomes the IPv4 address that it is.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let mapped =
            bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
        self.bytes = mapped ? Array(bytes.suffix(4)) : bytes
    }

    /// True for an IPv4 address.
    public var isV4: Bool { bytes.count == 4 }

    /// The usual form: four numbers, or RFC 5952 for IPv6, in which the longest run of zeros becomes `::`.
    public var description: String {
        if isV4 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        var run = 0..<0
        for start in groups.indices {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            // The first of several equal ones, and none for a single group (RFC 5952, 4.2).
            if end - start > max(run.count, 1) { run = start..<end }
        }
        if run.isEmpty { return text(groups[...]) }
        return text(groups[..<run.lowerBound]) + "::" + text(groups[run.upperBound...])
    }
}

/// A block of addresses (CIDR, RFC 4632).
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the block.
    public let address: IPAddress
    /// How many of its leading bits all addresses of the block share.
    public let prefixLength: Int

    /// A block; nil where the length does not fit the address or bits after it are set.
    public init?(_ address: IPAddress, prefixLength: Int) {
        guard (0...address.bytes.count * 8).contains(prefixLength) else { return nil }
        for (index, byte) in address.bytes.enumerated() where byte & ~Self.mask(prefixLength, index) != 0 { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    /// The block of one address.
    public init(_ address: IPAddress) {
        self.address = address
        prefixLength = address.bytes.count * 8
    }

    /// Whether the block is one address.
    public var isSingleAddress: Bool { prefixLength == address.bytes.count * 8 }

    /// Whether the block has an address.
    public func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        for index in other.bytes.indices
        where (other.bytes[index] ^ address.bytes[index]) & Self.mask(prefixLength, index) != 0 { return false }
        return true
    }

    /// Whether the block has all addresses of another.
    public func contains(_ other: IPNetwork) -> Bool {
        prefixLength <= other.prefixLength && contains(other.address)
    }

    /// Whether the blocks have an address in common: then one has all of the other.
    public func overlaps(_ other: IPNetwork) -> Bool { contains(other) || other.contains(self) }

    /// "10.0.0.0/8"; without the length where it is a single address.
    public var description: String {
        prefixLength == address.bytes.count * 8 ? address.description : "\(address)/\(prefixLength)"
    }

    /// The bits of one byte of an address that belong to the prefix.
    private static func mask(_ length: Int, _ index: Int) -> UInt8 {
        let bits = min(8, max(0, length - index * 8))
        return bits == 0 ? 0 : 0xff << UInt8(8 - bits)
    }
}
