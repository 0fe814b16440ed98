/// SHA-256 (FIPS 180-4), for names that depend on content. The toolchain's libraries have none.
public struct SHA256: Sendable {
    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// The beginning of a block that is not whole yet.
    private var pending = SIMD64<UInt8>()
    /// The bytes of the message so far.
    private var length: UInt64 = 0

    /// An empty message.
    public init() {}

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
        return hash.finishBytes()
    }

    /// Appends bytes to the message.
    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(bytes).withUnsafeBytes { update($0) } }
    }

    /// Appends bytes to the message, without a copy.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard var next = bytes.baseAddress, !bytes.isEmpty else { return }
        var left = bytes.count
        let filled = Int(length % 64)
        length &+= UInt64(left)
        if filled > 0 {
            let count = min(64 - filled, left)
            withUnsafeMutableBytes(of: &pending) {
                $0.baseAddress?.advanced(by: filled).copyMemory(from: next, byteCount: count)
            }
            next += count
            left -= count
            if filled + count < 64 { return }
            withUnsafeBytes(of: pending) { if let block = $0.baseAddress { compress(block, count: 1) } }
        }
        if left >= 64 {
            compress(next, count: left / 64)
            next += left & ~63
            left &= 63
        }
        if left > 0 { withUnsafeMutableBytes(of: &pending) { $0.baseAddress?.copyMemory(from: next, byteCount: left) } }
    }

    /// The digest as 64 hexadecimal digits; the value is used up.
    public mutating func finish() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: finishBytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The digest as its 32 bytes; the value is used up.
    public mutating func finishBytes() -> [UInt8] {
        let bits = length &* 8
        let zeros = (119 - Int(length % 64)) % 64
        update([0x80] + [UInt8](repeating: 0, count: zeros))
        withUnsafeBytes(of: bits.bigEndian) { update($0) }
        var digest: [UInt8] = []
        digest.reserveCapacity(32)
        for index in 0..<8 { withUnsafeBytes(of: state[index].bigEndian) { digest += $0 } }
        return digest
    }
}

extension SHA256 {
    /// Works on whole blocks. The words of the schedule are kept sixteen at a time, each made just before it is needed.
    private mutating func compress(_ blocks: UnsafeRawPointer, count: Int) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 16) { schedule in
            guard let words = schedule.baseAddress else { return }
            Self.constants.withUnsafeBufferPointer { constants in
                guard let constants = constants.baseAddress else { return }
                for block in 0..<count {
                    for index in 0..<16 {
                        let word = blocks.loadUnaligned(fromByteOffset: block * 64 + index * 4, as: UInt32.self)
                        words[index] = UInt32(bigEndian: word)
                    }
                    state = state &+ Self.rounds(state, words, constants)
                }
            }
        }
    }

    /// The 64 rounds, sixteen at a time.
    private static func rounds(
        _ state: SIMD8<UInt32>, _ words: UnsafeMutablePointer<UInt32>, _ constants: UnsafePointer<UInt32>
    ) -> SIMD8<UInt32> {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        // The eight names move on by one each round, and are back where they were after eight. Written out, since a
        // loop is a third slower.
        let k = constants
        round(a, b, c, &d, e, f, g, &h, k[0] &+ words[0])
        round(h, a, b, &c, d, e, f, &g, k[1] &+ words[1])
        round(g, h, a, &b, c, d, e, &f, k[2] &+ words[2])
        round(f, g, h, &a, b, c, d, &e, k[3] &+ words[3])
        round(e, f, g, &h, a, b, c, &d, k[4] &+ words[4])
        round(d, e, f, &g, h, a, b, &c, k[5] &+ words[5])
        round(c, d, e, &f, g, h, a, &b, k[6] &+ words[6])
        round(b, c, d, &e, f, g, h, &a, k[7] &+ words[7])
        round(a, b, c, &d, e, f, g, &h, k[8] &+ words[8])
        round(h, a, b, &c, d, e, f, &g, k[9] &+ words[9])
        round(g, h, a, &b, c, d, e, &f, k[10] &+ words[10])
        round(f, g, h, &a, b, c, d, &e, k[11] &+ words[11])
        round(e, f, g, &h, a, b, c, &d, k[12] &+ words[12])
        round(d, e, f, &g, h, a, b, &c, k[13] &+ words[13])
        round(c, d, e, &f, g, h, a, &b, k[14] &+ words[14])
        round(b, c, d, &e, f, g, h, &a, k[15] &+ words[15])
        for pass in 1..<4 {
            let k = constants + 16 * pass
            round(a, b, c, &d, e, f, g, &h, k[0] &+ next(words, 0))
            round(h, a, b, &c, d, e, f, &g, k[1] &+ next(words, 1))
            round(g, h, a, &b, c, d, e, &f, k[2] &+ next(words, 2))
            round(f, g, h, &a, b, c, d, &e, k[3] &+ next(words, 3))
            round(e, f, g, &h, a, b, c, &d, k[4] &+ next(words, 4))
            round(d, e, f, &g, h, a, b, &c, k[5] &+ next(words, 5))
            round(c, d, e, &f, g, h, a, &b, k[6] &+ next(words, 6))
            round(b, c, d, &e, f, g, h, &a, k[7] &+ next(words, 7))
            round(a, b, c, &d, e, f, g, &h, k[8] &+ next(words, 8))
            round(h, a, b, &c, d, e, f, &g, k[9] &+ next(words, 9))
            round(g, h, a, &b, c, d, e, &f, k[10] &+ next(words, 10))
            round(f, g, h, &a, b, c, d, &e, k[11] &+ next(words, 11))
            round(e, f, g, &h, a, b, c, &d, k[12] &+ next(words, 12))
            round(d, e, f, &g, h, a, b, &c, k[13] &+ next(words, 13))
            round(c, d, e, &f, g, h, a, &b, k[14] &+ next(words, 14))
            round(b, c, d, &e, f, g, h, &a, k[15] &+ next(words, 15))
        }
        return [a, b, c, d, e, f, g, h]
    }

    /// The next word of the schedule, in place of the one sixteen before.
    @inline(__always)
    private static func next(_ words: UnsafeMutablePointer<UInt32>, _ index: Int) -> UInt32 {
        let low = words[(index + 1) & 15]
        let high = words[(index + 14) & 15]
        let first = rotate(low, 7) ^ rotate(low, 18) ^ low >> 3
        let second = rotate(high, 17) ^ rotate(high, 19) ^ high >> 10
        let word = words[index] &+ first &+ words[(index + 9) & 15] &+ second
        words[index] = word
        return word
    }

    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32,
        _ h: inout UInt32, _ input: UInt32
    ) {
        let one = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ (g ^ e & (f ^ g)) &+ input
        d = d &+ one
        h = one &+ (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ (a & b | c & (a | b))
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &>> count | word &<< (32 &- count)
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
