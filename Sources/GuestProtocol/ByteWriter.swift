/// Appends fields in wire form: big-endian integers of fixed width, byte strings after a 4-byte length, lists after a
/// 2-byte count. It holds what is sent to the bounds that the other side holds what it receives to.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: UInt8) {
        bytes.append(value)
    }

    mutating func append<Integer: FixedWidthInteger & UnsignedInteger>(_ value: Integer) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(count: Int, atMost limit: Int, field: String) throws(ProtocolError) {
        guard count <= limit, let count = UInt16(exactly: count) else { throw .tooLong(field: field) }
        append(count)
    }

    mutating func append(_ string: [UInt8], atMost limit: Int = Bounds.frameLength, field: String) throws(ProtocolError)
    {
        guard string.count <= limit else { throw .tooLong(field: field) }
        append(UInt32(string.count))
        bytes.append(contentsOf: string)
    }
}
