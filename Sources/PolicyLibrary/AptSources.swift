/// The files that say where apt finds packages (sources.list(5)).
enum AptSources {
    /// One source a line: `deb [options] uri suite components…`.
    static func oneLine(_ lines: [String]) throws(SettingError) -> [ConfiguredURL] {
        var urls: [ConfiguredURL] = []
        for (index, line) in lines.enumerated() {
            let text = line.prefix { $0 != "#" }.trimmed
            guard let type = text.words.first else { continue }
            guard type == "deb" || type == "deb-src" else {
                throw SettingError(reason: "a source that is neither deb nor deb-src", line: index + 1)
            }
            var rest = text.dropFirst(type.count).trimmed
            if rest.hasPrefix("[") {
                guard let end = rest.firstIndex(of: "]") else {
                    throw SettingError(reason: "a source with options that do not end", line: index + 1)
                }
                rest = rest[rest.index(after: end)...].trimmed
            }
            // The only URI with spaces in it: "cdrom:[Debian 13 …]/".
            if rest.hasPrefix("cdrom:") { continue }
            guard let uri = rest.words.first else {
                throw SettingError(reason: "a source without a URI", line: index + 1)
            }
            urls.append(ConfiguredURL(text: uri, line: index + 1))
        }
        return urls
    }

    /// Paragraphs of fields (deb822(5)); one that says `Enabled: no` counts for nothing.
    static func deb822(_ lines: [String]) throws(SettingError) -> [ConfiguredURL] {
        var urls: [ConfiguredURL] = []
        var paragraph = Paragraph()
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("#") { continue }
            if line.trimmed.isEmpty {
                urls += paragraph.enabledURLs
                paragraph = Paragraph()
            } else {
                guard paragraph.append(line, number: index + 1) else {
                    throw SettingError(reason: "neither a field nor more of one", line: index + 1)
                }
            }
        }
        return urls + paragraph.enabledURLs
    }

    private struct Paragraph {
        private var urls: [ConfiguredURL] = []
        private var isEnabled = true
        private var field: String?

        var enabledURLs: [ConfiguredURL] { isEnabled ? urls : [] }

        mutating func append(_ line: String, number: Int) -> Bool {
            var value = line.trimmed
            if line.first?.isWhitespace == false {
                guard let pair = line.pair(":") else { return false }
                field = pair.key.lowercased()
                value = pair.value
            }
            switch field {
            case nil: return false
            case "uris": urls += value.words.map { ConfiguredURL(text: $0, line: number) }
            case "enabled": isEnabled = !["no", "false", "without", "off", "disable"].contains(value.lowercased())
            default: break
            }
            return true
        }
    }
}
