/// Reads big-endian numbers and counted parts from bytes, front to back. Every read says nil where not enough is left.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// Where the next byte is, in the bytes that this reader was made of.
    var position: Int { rest.startIndex }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// A number of up to four bytes.
    mutating func number(_ width: Int) -> Int? {
        take(width)?.reduce(0) { $0 << 8 | Int($1) }
    }

    /// As many bytes as the number before them says, which is `width` bytes wide.
    mutating func part(countedBy width: Int) -> ArraySlice<UInt8>? {
        guard let count = number(width) else { return nil }
        return take(count)
    }
}

extension FixedWidthInteger {
    /// Its bytes, the most significant one first.
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

extension [UInt8] {
    /// The two bytes at an index, which the caller has checked.
    func bigEndian(at index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }
}
