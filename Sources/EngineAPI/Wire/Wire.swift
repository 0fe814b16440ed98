import FoundationEssentials

/// JSON as the Engine API speaks it, with the bounds that this module puts on what it accepts.
enum Wire {
    /// The most that a reply which is one JSON value may weigh, in bytes.
    static let bodyLimit = 16 << 20
    /// The most that one line of a streamed reply may weigh, in bytes.
    static let lineLimit = 1 << 20
    /// The most that is read of a refusal, in bytes.
    static let refusalLimit = 64 << 10
    /// The most that the head of a reply may weigh, in bytes.
    static let headLimit = 64 << 10

    /// The value as JSON. Equal values give equal bytes.
    static func json(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only a float that JSON has no number for can fail, and no request of this module has a float.
        return (try? encoder.encode(value)).map { [UInt8]($0) } ?? []
    }

    static func text(_ value: some Encodable) -> String {
        String(decoding: json(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8], route: String
    ) throws(EngineError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .malformed(route: route, what: "\(type) expected: \(Self.describe(error))")
        }
    }

    /// The engine's own words: `{"message"}`, or the text itself where a refusal is no JSON.
    static func refusal(_ bytes: [UInt8]) -> String {
        struct Refusal: Decodable {
            let message: String
        }
        if let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(bytes)) { return refusal.message }
        return bytes.isEmpty ? "no reason given" : String(decoding: bytes.prefix(2048), as: UTF8.self)
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        guard let context else { return "\(error)" }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(context.debugDescription) at \(path)"
    }
}

/// An image's or a layer's identity with its algorithm: Docker writes `sha256:…`, Podman mostly leaves the prefix out.
func normalizedDigest(_ id: String) -> String {
    isDigest("sha256:\(id)") ? "sha256:\(id)" : id
}

/// Whether a text is a whole SHA-256 identity.
func isDigest(_ id: String) -> Bool {
    let digits = id.utf8.dropFirst(7)
    return id.hasPrefix("sha256:") && digits.count == 64
        && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
}
