/// The fields of one protocol-buffers message, read in place, without recursion.
///
/// Source: protobuf.dev, "Encoding". Groups, which nobody writes any more, are refused.
struct Protobuf {
    struct Malformed: Error, Equatable {
        let what: String
    }

    enum Value: Equatable {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    private init(rest: ArraySlice<UInt8>) {
        self.rest = rest
    }

    /// Calls `body` with each field in turn.
    static func fields(
        of bytes: ArraySlice<UInt8>, _ body: (_ number: UInt64, Value) throws(Malformed) -> Void
    ) throws(Malformed) {
        var reader = Protobuf(rest: bytes)
        while !reader.rest.isEmpty {
            let field = try reader.field()
            try body(field.number, field.value)
        }
    }

    private mutating func field() throws(Malformed) -> (number: UInt64, value: Value) {
        let key = try varint()
        let number = key >> 3
        switch key & 7 {
        case 0: return (number, .number(try varint()))
        case 1: return (number, .bytes(try take(8)))
        case 2: return (number, .bytes(try take(try varint())))
        case 5: return (number, .bytes(try take(4)))
        default: throw Malformed(what: "wire type \(key & 7)")
        }
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed(what: "a number is cut off") }
            let part = UInt64(byte & 0x7f)
            guard shift < 63 || part <= 1 else { break }
            result |= part << shift
            if byte < 0x80 { return result }
        }
        throw Malformed(what: "a number is too large")
    }

    private mutating func take(_ count: UInt64) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Malformed(what: "a field is cut off") }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
