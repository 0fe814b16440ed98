/// Punycode (RFC 3492): Unicode in the letters, digits and hyphens of a host's label, without the prefix `xn--`.
enum Punycode {
    private static let base = 36
    private static let tMin = 1
    private static let tMax = 26
    private static let initialBias = 72
    private static let initialN = 128

    /// The ASCII form of some scalars; nil where numbers grow beyond what a label can hold.
    static func encode(_ scalars: [Unicode.Scalar]) -> [UInt8]? {
        // A label has 63 letters at most; more would only cost time.
        guard scalars.count <= 63 else { return nil }
        var output = scalars.filter(\.isASCII).map { UInt8($0.value) }
        let basic = output.count
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (n, delta, bias, handled) = (initialN, 0, initialBias, basic)
        while handled < scalars.count {
            guard let next = scalars.lazy.map({ Int($0.value) }).filter({ $0 >= n }).min() else { return nil }
            delta += (next - n) * (handled + 1)
            n = next
            for scalar in scalars {
                let value = Int(scalar.value)
                if value < n { delta += 1 }
                guard value == n else { continue }
                appendNumber(delta, bias: bias, to: &output)
                bias = adapt(delta, points: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return output
    }

    /// The scalars of a label without `xn--`, in lower case; nil where it is none.
    static func decode(_ text: ArraySlice<UInt8>) -> [Unicode.Scalar]? {
        guard text.count <= 63, text.allSatisfy({ $0 < 0x80 }) else { return nil }
        let hyphen = text.lastIndex(of: UInt8(ascii: "-"))
        var output = text[..<(hyphen ?? text.startIndex)].map { Unicode.Scalar($0) }
        var rest = text[(hyphen.map { $0 + 1 } ?? text.startIndex)...]
        var (n, position, bias) = (initialN, 0, initialBias)
        while !rest.isEmpty {
            let before = position
            guard let number = takeNumber(bias: bias, from: &rest) else { return nil }
            position += number
            bias = adapt(position - before, points: output.count + 1, isFirst: before == 0)
            n += position / (output.count + 1)
            position %= output.count + 1
            guard n <= 0x10ffff, let scalar = Unicode.Scalar(UInt32(n)) else { return nil }
            output.insert(scalar, at: position)
            position += 1
        }
        return output
    }

    private static func threshold(_ k: Int, _ bias: Int) -> Int { min(max(k - bias, tMin), tMax) }

    private static func appendNumber(_ number: Int, bias: Int, to output: inout [UInt8]) {
        var rest = number
        for k in stride(from: base, through: .max, by: base) {
            let t = threshold(k, bias)
            if rest < t { break }
            output.append(digit(t + (rest - t) % (base - t)))
            rest = (rest - t) / (base - t)
        }
        output.append(digit(rest))
    }

    private static func takeNumber(bias: Int, from text: inout ArraySlice<UInt8>) -> Int? {
        var (number, weight) = (0, 1)
        for k in stride(from: base, through: .max, by: base) {
            guard let byte = text.popFirst(), let digit = value(byte) else { return nil }
            number += digit * weight
            let t = threshold(k, bias)
            if digit < t { return number }
            weight *= base - t
            // Beyond this, no number stands for a scalar in a label (64 places for each of 0x110000).
            guard number < 1 << 32, weight < 1 << 32 else { return nil }
        }
        return nil
    }

    private static func adapt(_ delta: Int, points: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / points
        var k = 0
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + 38)
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? value + Int(UInt8(ascii: "a")) : value - 26 + Int(UInt8(ascii: "0")))
    }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a"))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) + 26
        default: nil
        }
    }
}
