/// A release's version: numbers, perhaps with `.postN`. Pre-releases, development releases and local versions are none.
/// Source: PEP 440.
public struct PackageVersion: Comparable, Sendable, CustomStringConvertible {
    private let epoch: Int
    private let numbers: [Int]
    private let post: Int
    /// As it was written.
    public let description: String

    /// Reads a version; nil where it is no release's.
    public init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        description = text
        var rest = text[...]
        if rest.first == "v" || rest.first == "V" { rest = rest.dropFirst() }
        var epoch = 0
        if let mark = rest.firstIndex(of: "!") {
            guard let number = Self.number(rest[..<mark]) else { return nil }
            epoch = number
            rest = rest[rest.index(after: mark)...]
        }
        var numbers: [Int] = []
        var post = -1
        for part in rest.split(separator: ".", omittingEmptySubsequences: false) {
            if post >= 0 { return nil }
            if let number = Self.number(part) {
                numbers.append(number)
            } else if part.hasPrefix("post"), let number = Self.number(part.dropFirst(4)) {
                post = number
            } else {
                return nil
            }
        }
        guard !numbers.isEmpty else { return nil }
        self.epoch = epoch
        // 1.0 and 1 are one version.
        while numbers.count > 1, numbers.last == 0 { numbers.removeLast() }
        self.numbers = numbers
        self.post = post
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// True for the same release, however it is written.
    public static func == (left: PackageVersion, right: PackageVersion) -> Bool {
        left.epoch == right.epoch && left.numbers == right.numbers && left.post == right.post
    }

    /// True where the left one was released for an earlier state of the program.
    public static func < (left: PackageVersion, right: PackageVersion) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        if left.numbers != right.numbers { return left.numbers.lexicographicallyPrecedes(right.numbers) }
        return left.post < right.post
    }
}
