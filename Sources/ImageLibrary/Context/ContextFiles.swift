/// The files of a context in a manifest: path → kind, mode and digest, sorted as a context's entries are. Stored as a
/// JSON object. A dictionary would cost more than all the rest at twenty thousand files.
public struct ContextFiles: Equatable, Sendable, Codable, ExpressibleByDictionaryLiteral {
    /// A file and what is known of it.
    public struct File: Equatable, Sendable {
        /// The path below the context.
        public let path: String
        /// "file 0644 <digest>", "directory 0755" or "link <target>".
        public let description: String
    }

    /// All files, sorted.
    public let files: [File]

    /// The files of a dictionary.
    public init(_ files: [String: String]) {
        self.files = files.map { File(path: $0.key, description: $0.value) }
            .sorted { PathOrder.areInOrder($0.path, $1.path) }
    }

    /// The entries of a context, which are sorted already.
    init(_ entries: [BuildContext.Entry]) {
        files = entries.map { File(path: $0.path, description: $0.summary) }
    }

    /// The files of a literal; of two with one path the last counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(Dictionary(elements) { $1 })
    }

    /// What is known of a path; nil where there is none.
    public subscript(path: String) -> String? {
        var (low, high) = (0, files.count)
        while low < high {
            let middle = (low + high) / 2
            if PathOrder.areInOrder(files[middle].path, path) { low = middle + 1 } else { high = middle }
        }
        return low < files.count && files[low].path == path ? files[low].description : nil
    }

    private struct PathKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a JSON object.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([String: String].self))
    }

    /// Writes a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: PathKey.self)
        for file in files { try container.encode(file.description, forKey: PathKey(stringValue: file.path)) }
    }
}

extension BuildContext.Entry {
    /// What a manifest knows of it.
    var summary: String {
        switch kind {
        case .file(_, let digest): "file \(octalMode) \(digest)"
        case .directory: "directory \(octalMode)"
        case .link(let target): "link \(target)"
        }
    }

    private var octalMode: String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
