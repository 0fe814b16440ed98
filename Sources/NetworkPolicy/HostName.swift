/// A host's name in the one form in which names are compared: lower case, international labels as `xn--`, no dot at the
/// end. Never an address.
public struct HostName: Hashable, Sendable, CustomStringConvertible {
    /// The name: at most 253 bytes of printable ASCII.
    public let description: String

    /// A name as it is dialled or looked up; nil for what is no name of a host.
    public init?(_ text: String) {
        let lowered = text.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        self.init(lowered: lowered.last == UInt8(ascii: ".") ? lowered.dropLast() : lowered[...])
    }

    /// A name of lower-case letters without a dot at the end.
    init?(lowered name: ArraySlice<UInt8>) {
        guard (1...253).contains(name.count) else { return nil }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy(Self.isLabel), let last = labels.last, !Self.isNumber(last) else { return nil }
        description = String(decoding: name, as: UTF8.self)
    }

    static func isLabel(_ label: ArraySlice<UInt8>) -> Bool {
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
            && label.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
    }

    /// True for a last label that makes programs take the whole for an IPv4 address, however short (inet_aton(3)).
    static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        label.allSatisfy { (48...57).contains($0) } || label.starts(with: "0x".utf8)
    }

    /// True where this is a name below the other, at any depth.
    public func isBelow(_ other: HostName) -> Bool {
        let (own, suffix) = (description.utf8, other.description.utf8)
        guard own.count > suffix.count, own.reversed().starts(with: suffix.reversed()) else { return false }
        return own[own.index(own.endIndex, offsetBy: -suffix.count - 1)] == UInt8(ascii: ".")
    }

    /// The names above this one, the nearest first: `a.b.c` has `b.c` and `c`.
    var parents: [Substring] {
        var result: [Substring] = []
        var rest = description[...]
        while let dot = rest.utf8.firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[rest.utf8.index(after: dot)...]
            result.append(rest)
        }
        return result
    }
}
