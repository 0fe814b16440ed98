import System
import TaskModel

/// The part of a git bundle before its pack (gitformat-bundle(5)), from an untrusted source.
struct BundleHeader: Equatable {
    /// The most that it may take.
    static let longest = 1 << 20
    /// The most refs that it may name.
    static let mostReferences = 200

    /// Commits that the reader must have.
    private(set) var prerequisites: [String] = []
    /// Names with their commits, in the bundle's order, each name once.
    private(set) var references: [(name: String, commit: String)] = []
    /// Where the pack starts, in bytes.
    private(set) var packOffset = 0

    /// Reads it from the start of a bundle.
    ///
    /// - Throws: `TaskError` for anything that is not exactly of the form.
    init(_ bytes: [UInt8], objectFormat: String) throws(TaskError) {
        var lines = Lines(bytes: bytes)
        let signature = try lines.next()
        guard signature == "# v2 git bundle" || signature == "# v3 git bundle" else {
            throw Self.malformed("no bundle")
        }
        var line = try lines.next()
        var format = "sha1"
        while line.hasPrefix("@"), signature == "# v3 git bundle" {
            guard line.hasPrefix("@object-format=") else { throw Self.malformed("the capability '\(line)'") }
            format = String(line.dropFirst("@object-format=".count))
            line = try lines.next()
        }
        if format != objectFormat { throw Self.malformed("the object format '\(format)'") }
        while line.hasPrefix("-") {
            prerequisites.append(try Self.split(line.dropFirst(), objectFormat).id)
            line = try lines.next()
        }
        var seen: Set<String> = []
        while !line.isEmpty {
            let (id, name) = try Self.split(line[...], objectFormat)
            guard seen.insert(name).inserted else { throw Self.malformed("the ref '\(name)' twice") }
            references.append((name, id))
            line = try lines.next()
        }
        if references.count > Self.mostReferences { throw Self.malformed("\(references.count) refs") }
        packOffset = lines.position
    }

    private static func split(_ line: Substring, _ format: String) throws(TaskError) -> (id: String, name: String) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = parts.first, ObjectID.isValid(id, format: format) else { throw malformed("the line '\(line)'") }
        return (String(id), parts.count == 2 ? String(parts[1]) : "")
    }

    private static func malformed(_ what: String) -> TaskError {
        TaskError(.failed, "the sandbox sent a malformed bundle: it has \(PlainText.line(what, limit: 200))")
    }

    static func == (left: BundleHeader, right: BundleHeader) -> Bool {
        left.prerequisites == right.prerequisites && left.packOffset == right.packOffset
            && left.references.elementsEqual(right.references) { $0 == $1 }
    }

    private struct Lines {
        let bytes: [UInt8]
        var position = 0

        /// The next line without its line feed; bytes that are not UTF-8 become U+FFFD, which no accepted name has.
        mutating func next() throws(TaskError) -> String {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
                throw BundleHeader.malformed("no end of its header in \(bytes.count) bytes")
            }
            defer { position = end + 1 }
            return String(decoding: bytes[position..<end], as: UTF8.self)
        }
    }
}
