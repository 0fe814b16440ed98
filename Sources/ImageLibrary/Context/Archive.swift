/// Pieces of a tar archive (POSIX ustar with pax extensions, pax(1)): without owners and times, so that the same content
/// is the same archive.
public enum Archive {
    /// What an entry is.
    public enum Kind: Equatable, Sendable {
        /// A file of so many bytes, which follow, and then ``padding(after:)``.
        case file(size: Int)
        /// A directory.
        case directory
        /// A symbolic link and where it leads.
        case link(to: String)
    }

    /// What comes after the last entry.
    public static let end = [UInt8](repeating: 0, count: 1024)
    /// Larger sizes do not fit into a header's eleven octal digits.
    private static let sizeLimit = 8 << 30

    /// A whole archive of small files; path, content.
    public static func of(_ files: [(path: String, content: [UInt8])]) -> [UInt8] {
        files.flatMap { entry($0.path, $0.content) } + end
    }

    /// A small file as a whole entry.
    public static func entry(_ path: String, mode: UInt32 = 0o644, _ content: [UInt8]) -> [UInt8] {
        header(path, mode: mode, .file(size: content.count)) + content + padding(after: content.count)
    }

    /// The zeros that fill a file's last block.
    public static func padding(after size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (512 - size % 512) % 512)
    }

    /// What comes before an entry's content. What a plain header cannot say is said by one more before it.
    public static func header(_ path: String, mode: UInt32, _ kind: Kind) -> [UInt8] {
        var name = Array(path.utf8)
        var target: [UInt8] = []
        var size = 0
        var type = UInt8(ascii: "0")
        switch kind {
        case .file(let count): size = count
        case .directory:
            name.append(UInt8(ascii: "/"))
            type = UInt8(ascii: "5")
        case .link(let place):
            target = Array(place.utf8)
            type = UInt8(ascii: "2")
        }
        var records: [UInt8] = []
        if !isPlain(name) { records += record("path", name) }
        if !isPlain(target) { records += record("linkpath", target) }
        if size >= sizeLimit { records += record("size", Array(String(size).utf8)) }
        var result: [UInt8] = []
        if !records.isEmpty {
            let type = UInt8(ascii: "x")
            result = block(Array("pax".utf8), mode: 0o644, size: records.count, type: type, target: [])
            result += records + padding(after: records.count)
        }
        // What the records say goes before what the header says; readers without pax get what fits.
        return result
            + block(name, mode: mode, size: size < sizeLimit ? size : 0, type: type, target: target)
    }

    private static func isPlain(_ name: [UInt8]) -> Bool {
        name.count <= 100 && name.allSatisfy { $0 < 0x80 }
    }

    /// "length key=value\n", where the length counts itself.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [10]
        var length = rest.count
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    private static func block(
        _ name: [UInt8], mode: UInt32, size: Int, type: UInt8, target: [UInt8]
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            var place = offset
            for byte in bytes {
                header[place] = byte
                place += 1
            }
        }
        func put(octal value: Int, at offset: Int, digits: Int) {
            var rest = value
            for place in stride(from: offset + digits - 1, through: offset, by: -1) {
                header[place] = UInt8(ascii: "0") + UInt8(rest & 7)
                rest >>= 3
            }
        }
        put(name.prefix(100), at: 0)
        put(octal: Int(mode & 0o7777), at: 100, digits: 7)
        put(octal: 0, at: 108, digits: 7)
        put(octal: 0, at: 116, digits: 7)
        put(octal: size, at: 124, digits: 11)
        put(octal: 0, at: 136, digits: 11)
        put("        ".utf8, at: 148)  // The checksum is taken with spaces in its own place.
        header[156] = type
        put(target.prefix(100), at: 157)
        put("ustar\u{0}00".utf8, at: 257)
        put(octal: header.reduce(0) { $0 + Int($1) }, at: 148, digits: 6)
        header[154] = 0
        return header
    }
}
