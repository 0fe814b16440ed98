/// The order of a context's entries: a directory before what is in it, names by their bytes.
enum PathOrder {
    /// Less than, equal to or greater than zero, as memcmp(3).
    static func compare(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Int {
        let count = min(one.count, other.count)
        for index in 0..<count where one[index] != other[index] {
            return rank(one[index]) - rank(other[index])
        }
        return one.count - other.count
    }

    /// True where the first comes before the second.
    static func areInOrder(_ one: String, _ other: String) -> Bool {
        var (one, other) = (one, other)
        return one.withUTF8 { first in other.withUTF8 { compare(first, $0) } } < 0
    }

    /// A slash ends a name, and what ends comes first.
    private static func rank(_ byte: UInt8) -> Int { byte == UInt8(ascii: "/") ? -1 : Int(byte) }
}

/// Bytes as digits.
enum Hexadecimal {
    /// Two digits a byte.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) }
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = digit(byte >> 4)
                text[2 * index + 1] = digit(byte & 15)
            }
            return 2 * bytes.count
        }
    }
}
