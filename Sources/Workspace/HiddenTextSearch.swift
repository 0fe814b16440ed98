/// Looks through `git diff --unified=0` for added lines with characters that change the direction of text. The lengths
/// of the hunks say what is an added line and what a header, whatever the lines say.
struct HiddenTextSearch {
    /// The files, as the diff names them.
    private(set) var found: [String] = []

    private var line: [UInt8] = []
    private var path = ""
    private var removed = 0
    private var added = 0

    /// Takes the next piece of the diff.
    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                read(line)
                line.removeAll(keepingCapacity: true)
            } else {
                line.append(byte)
            }
        }
    }

    private mutating func read(_ line: [UInt8]) {
        if added > 0 || removed > 0 {
            if line.first == UInt8(ascii: "+") {
                added -= 1
                if Self.isSuspicious(line), found.last != path { found.append(path) }
            } else if line.first == UInt8(ascii: "-") {
                removed -= 1
            }
        } else if line.starts(with: "+++ ".utf8) {
            let name = String(decoding: line.dropFirst(4), as: UTF8.self)
            path = name.hasPrefix("b/") ? String(name.dropFirst(2)) : name
        } else if line.starts(with: "@@ -".utf8) {
            // "@@ -12,3 +14 @@": a count that is not there is 1.
            let ranges = String(decoding: line.prefix(80), as: UTF8.self).split(separator: " ").dropFirst().prefix(2)
            let counts = ranges.map { $0.split(separator: ",").dropFirst().first.flatMap { Int($0) } ?? 1 }
            removed = counts.first ?? 0
            added = counts.last ?? 0
        }
    }

    private static func isSuspicious(_ line: [UInt8]) -> Bool {
        guard line.contains(where: { $0 >= 0x80 }) else { return false }
        return String(decoding: line, as: UTF8.self).unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xE0000...0xE007F: true
            default: false
            }
        }
    }
}
