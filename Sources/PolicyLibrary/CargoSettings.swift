/// Cargo's configuration (https://doc.rust-lang.org/cargo/reference/config.html), of which only registries and sources
/// matter here: enough of TOML for tables, dotted keys, inline tables and strings on one line.
struct CargoSettings: Equatable {
    /// The values of string settings by their full key: `registries.mine.index`.
    private(set) var values: [String: ConfiguredURL] = [:]

    /// Reads the settings.
    ///
    /// - Throws: where a setting of a registry or a source is written in a way that this does not read.
    init(_ lines: [String]) throws(SettingError) {
        var table = ""
        for (offset, line) in lines.enumerated() {
            let text = line.trimmed
            if text.isEmpty || text.hasPrefix("#") { continue }
            if text.hasPrefix("[") {
                let name = text.prefix { $0 != "]" }.drop { $0 == "[" }
                table = Self.keys(String(name)).map { $0 + "." }.joined()
            } else if let pair = text.pair("=") {
                try add(table + Self.keys(pair.key).joined(separator: "."), pair.value, line: offset + 1)
            }
        }
    }

    /// The registries besides crates.io, and what replaces crates.io; nil where nothing does.
    var registries: [ConfiguredURL] {
        values.filter { $0.key.hasPrefix("registries.") && $0.key.hasSuffix(".index") }.values
            .sorted { $0.line < $1.line }
    }

    /// Follows `replace-with` from crates.io to the end; nil where nothing replaces it.
    func replacement() throws(SettingError) -> [ConfiguredURL]? {
        var source = "crates-io"
        // As many steps as there are settings, so that a circle ends.
        for _ in 0...values.count {
            guard let next = values["source.\(source).replace-with"] else { break }
            source = next.text
        }
        guard source != "crates-io" else { return nil }
        if let loop = values["source.\(source).replace-with"] {
            throw SettingError(reason: "sources that replace each other", line: loop.line)
        }
        // What is in a local directory needs no host.
        return [values["source.\(source).registry"] ?? values["registries.\(source).index"]].compactMap { $0 }
    }

    private mutating func add(_ key: String, _ value: String, line: Int) throws(SettingError) {
        guard ["registries", "source"].contains(key.prefix { $0 != "." }) else { return }
        if value.hasPrefix("{") {
            guard value.contains("}") else { throw SettingError(reason: "a table over several lines", line: line) }
            for part in value.dropFirst().prefix(while: { $0 != "}" }).split(separator: ",") {
                if let pair = part.pair("=") { try add(key + "." + pair.key, pair.value, line: line) }
            }
        } else if let quote = value.first, quote == "\"" || quote == "'" {
            // Tokens and paths need not be understood.
            guard [".index", ".registry", ".replace-with"].contains(where: key.hasSuffix) else { return }
            let text = value.dropFirst()
            // An empty string is the beginning of one over several lines, too.
            guard let end = text.firstIndex(of: quote), end != text.startIndex, quote == "'" || !text.contains("\\")
            else { throw SettingError(reason: "a string of a kind that is not read here", line: line) }
            values[key] = ConfiguredURL(text: String(text[..<end]), line: line)
        }
    }

    /// The parts of a dotted key; a part may be in quotes.
    private static func keys(_ text: String) -> [String] {
        var parts = [""]
        var quote: Character?
        for character in text {
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            } else if quote == nil, character == "." {
                parts.append("")
            } else if quote != nil || !character.isWhitespace {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }
}
