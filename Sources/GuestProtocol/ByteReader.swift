/// Takes fields off a payload, in the form that ``ByteWriter`` gives them. Every count is checked against the bytes
/// that are left before anything is allocated for it.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var remaining: Int { bytes.count - position }

    mutating func integer<Integer: FixedWidthInteger & UnsignedInteger>(
        _ field: String, as type: Integer.Type = Integer.self
    ) throws(ProtocolError) -> Integer {
        let width = Integer.bitWidth / 8
        guard remaining >= width else { throw .truncated(field: field) }
        defer { position += width }
        // Through 64 bits, because `UInt8 << 8` would be 0 and the shift is the same for every width.
        return Integer(
            truncatingIfNeeded: bytes[position..<(position + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// The count of a list whose elements take at least `width` bytes each.
    mutating func count(_ field: String, atMost limit: Int, width: Int) throws(ProtocolError) -> Int {
        let count = Int(try integer(field, as: UInt16.self))
        guard count <= limit else { throw .tooLong(field: field) }
        guard count * width <= remaining else { throw .truncated(field: field) }
        return count
    }

    mutating func string(_ field: String, atMost limit: Int = Bounds.frameLength) throws(ProtocolError) -> [UInt8] {
        let length = Int(try integer(field, as: UInt32.self))
        guard length <= limit else { throw .tooLong(field: field) }
        guard length <= remaining else { throw .truncated(field: field) }
        defer { position += length }
        return Array(bytes[position..<(position + length)])
    }

    /// Ends the payload: whatever is left is an error.
    func finish() throws(ProtocolError) {
        guard remaining == 0 else { throw .trailingBytes(remaining) }
    }
}
