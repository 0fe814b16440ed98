/// Go's module proxies (https://go.dev/ref/mod#environment-variables).
enum GoSettings {
    /// The proxies of a `GOPROXY`. `direct` names no host: it means the one of each module's own path.
    static func proxies(_ list: String, line: Int = 1) -> [ConfiguredURL] {
        list.split { $0 == "," || $0 == "|" }.map(\.trimmed).filter { !$0.isEmpty && $0 != "direct" && $0 != "off" }
            // What is no complete URL is the rest of one, as Go itself reads it.
            .map { ConfiguredURL(text: $0.contains(":/") ? $0 : "https://\($0)", line: line) }
    }

    /// The `GOPROXY` of the file that `go env -w` writes, with its line; the last of several counts.
    static func parse(_ lines: [String]) -> ConfiguredURL? {
        var found: ConfiguredURL?
        for (offset, line) in lines.enumerated() where !line.hasPrefix("#") {
            if let pair = line.pair("="), pair.key == "GOPROXY" {
                found = ConfiguredURL(text: pair.value, line: offset + 1)
            }
        }
        return found
    }
}
