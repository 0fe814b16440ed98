/// pip's configuration files (https://pip.pypa.io/en/stable/topics/configuration/).
enum PipSettings {
    /// What replaces PyPI, and what stands beside it.
    struct Indexes: Equatable {
        var index: [ConfiguredURL] = []
        var extra: [ConfiguredURL] = []
    }

    /// `index-url` and `extra-index-url` of every section, since each command has one of its own.
    static func parse(_ lines: [String]) -> Indexes {
        var indexes = Indexes()
        var key: String?
        for (offset, line) in lines.enumerated() {
            let text = line.trimmed
            if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") { continue }
            var value = text
            if line.first?.isWhitespace == false {
                key = nil
                if text.hasPrefix("[") { continue }
                guard let place = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
                key = String(text[..<place].trimmed.lowercased().map { $0 == "_" ? "-" : $0 })
                value = text[text.index(after: place)...].trimmed
            }
            // An indented line goes on with the value of the line before.
            let urls = value.words.map { ConfiguredURL(text: $0, line: offset + 1) }
            if key == "index-url" { indexes.index += urls }
            if key == "extra-index-url" { indexes.extra += urls }
        }
        return indexes
    }
}
