import JSONText

extension PolicyRule {
    /// The rule as one line of JSON, without its reason and its source.
    var canonicalText: String { json(target: Self.canonical(target), withWords: false) }

    private static func canonical(_ target: Target) -> String {
        let key = if case .network = target { "address" } else { "domain" }
        return "\"\(key)\":\(JSONText.quoted(target.description))"
    }

    private func json(target: String, withWords: Bool) -> String {
        var parts = ["\"action\":\"\(action.rawValue)\"", target]
        if !ports.isEmpty { parts.append("\"ports\":[\(ports.map { String($0) }.joined(separator: ","))]") }
        if !addresses.isEmpty {
            parts.append("\"addresses\":[\(addresses.map { "\"\($0)\"" }.sorted().joined(separator: ","))]")
        }
        if withWords {
            if let reason { parts.append("\"reason\":\(JSONText.quoted(reason))") }
            parts.append("\"source\":\(JSONText.quoted(source))")
        }
        return "{\(parts.joined(separator: ","))}"
    }

    /// The rule as one line of JSON, complete.
    public var json: String { json(target: Self.canonical(target), withWords: true) }
}

extension NetworkPolicy {
    /// The bytes that are the same for two policies exactly when they decide alike by the same rules: each different rule
    /// once, in the order of the alphabet, without reasons and sources. For hashing.
    public var canonicalText: [UInt8] {
        let lines = Set(rules.map(\.canonicalText)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return Array("{\"rules\":[\(lines.joined(separator: ","))]}".utf8)
    }
}
