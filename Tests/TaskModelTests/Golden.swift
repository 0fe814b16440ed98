import FoundationEssentials
import Testing

/// The files of a released version: what this program writes, and what every later one must still read.
enum Golden {
    static func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        return String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(text.utf8))
    }

    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    /// The file says exactly what the value is, in both directions.
    static func check<Value: Codable & Equatable>(_ name: String, is value: Value) throws {
        let text = try text(name)
        #expect(try encode(value) == text, "\(name)")
        #expect(try decode(Value.self, text) == value, "\(name)")
    }

    /// Whole seconds, since that is what ISO 8601 keeps.
    static func time(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds) }
}
