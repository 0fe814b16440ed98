/// npm's configuration files (https://docs.npmjs.com/cli/configuring-npm/npmrc).
enum NpmSettings {
    /// What replaces npm's own registry, and the registries of scopes.
    struct Registries: Equatable {
        var registry: [ConfiguredURL] = []
        var scoped: [ConfiguredURL] = []
    }

    /// `registry` and `@scope:registry`; `${NAME}` is replaced from the environment, as npm does.
    static func parse(_ lines: [String], environment: [String: String] = [:]) -> Registries {
        var registries = Registries()
        for (offset, line) in lines.enumerated() {
            let text = line.trimmed
            if text.hasPrefix("#") || text.hasPrefix(";") || text.hasPrefix("[") { continue }
            guard let pair = text.pair("=") else { continue }
            let url = ConfiguredURL(text: expand(unquote(pair.value), environment), line: offset + 1)
            if pair.key == "registry" { registries.registry.append(url) }
            if pair.key.hasPrefix("@"), pair.key.hasSuffix(":registry") { registries.scoped.append(url) }
        }
        return registries
    }

    private static func unquote(_ text: String) -> String {
        guard let quote = text.first, quote == "\"" || quote == "'", text.count > 1, text.last == quote else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }

    /// A variable that is not set stays as it is written, and makes no URL.
    private static func expand(_ text: String, _ environment: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("${"), let end = rest.firstIndex(of: "}"),
                let value = environment[String(rest[rest.index(dollar, offsetBy: 2)..<end])]
            {
                result += value
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }
}
