import System

/// HMAC-SHA256 (RFC 2104, FIPS 198-1).
enum HMAC {
    private static let block = 64

    /// The 32 bytes for a key of at most 64 and a message.
    static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let padded = key + [UInt8](repeating: 0, count: block - key.count)
        let inner = SHA256.digest(padded.map { $0 ^ 0x36 } + message)
        return SHA256.digest(padded.map { $0 ^ 0x5c } + inner)
    }
}

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Nil where something else than digits is in it, or an odd number of them.
    static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: text.startIndex, to: text.endIndex, by: 2) {
            guard let high = HTTPText.hexadecimal(text[start]), let low = HTTPText.hexadecimal(text[start + 1]) else {
                return nil
            }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
