/// SHA-256 (FIPS 180-4), for names that depend on content. The toolchain's libraries have none.
public struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var pending: [UInt8] = []
    /// Room for the message schedule of one block.
    private var words = [UInt32](repeating: 0, count: 64)
    private var length: UInt64 = 0

    /// An empty message.
    public init() {
        pending.reserveCapacity(64)
    }

    /// The digest of some bytes as 64 hexadecimal digits.
    public static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    /// The digest of some bytes as its 32 bytes.
    public static func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        hash.pad()
        return hash.state.flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    /// Appends bytes to the message.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        // As an array, so that the loop is compiled for one type and not for any sequence.
        append(Array(bytes))
    }

    private mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            pending.append(byte)
            length += 8
            if pending.count == 64 {
                compress()
                pending.removeAll(keepingCapacity: true)
            }
        }
    }

    /// The digest as 64 hexadecimal digits; the value is used up.
    public mutating func finish() -> String {
        pad()
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private mutating func pad() {
        let bits = length
        update([0x80])
        while pending.count != 56 { update([0]) }
        update((0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) })
    }

    private mutating func compress() {
        for index in 0..<16 {
            words[index] = (0..<4).reduce(0) { $0 << 8 | UInt32(pending[index * 4 + $1]) }
        }
        for index in 16..<64 {
            let low = words[index - 15]
            let high = words[index - 2]
            let first = rotate(low, 7) ^ rotate(low, 18) ^ low >> 3
            let second = rotate(high, 17) ^ rotate(high, 19) ^ high >> 10
            words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
        }
        let constants = Self.constants
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let choice = e & f ^ ~e & g
            let majority = a & b ^ a & c ^ b & c
            let first = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice
            let one = first &+ constants[index] &+ words[index]
            let two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ one, c, b, a, one &+ two)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] = state[index] &+ value }
    }

    private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map(fractionOfCubeRoot)
    }()

    /// Bit by bit: the largest r with r³ ≤ prime · 2⁹⁶, of which the low 32 bits are the fraction.
    private static func fractionOfCubeRoot(_ prime: UInt64) -> UInt32 {
        var root: UInt64 = 0
        for bit in stride(from: 35, through: 0, by: -1) {
            let candidate = root | 1 << UInt64(bit)
            let square = candidate.multipliedFullWidth(by: candidate)
            // candidate < 2³⁶, so its square has at most 72 bits and its cube at most 108.
            let low = square.low.multipliedFullWidth(by: candidate)
            let high = square.high * candidate + low.high
            if high < prime << 32 || high == prime << 32 && low.low == 0 { root = candidate }
        }
        return UInt32(truncatingIfNeeded: root)
    }
}
