import FoundationEssentials
import System
import TaskModel

/// JSON files of the store: sorted keys and ISO 8601 times, so that equal values are equal files.
enum JSONFile {
    static func read<Value: Decodable>(_ path: String) throws(TaskError) -> Value {
        do {
            return try decode(Files.read(path))
        } catch let error as SystemError {
            throw TaskError(error.description)
        } catch {
            throw TaskError("cannot read '\(path)': \(reason(error))")
        }
    }

    static func write(_ value: some Encodable, to path: String) throws(TaskError) {
        do {
            try Files.replace(path, with: encode(value, pretty: true) + [UInt8(ascii: "\n")])
        } catch {
            throw TaskError("\(error)")
        }
    }

    static func decode<Value: Decodable>(_ bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(Value.self, from: Data(bytes))
    }

    static func encode(_ value: some Encodable, pretty: Bool) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// The decoder's reason in one line, with the place in the document.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return PlainText.line("\(error)") }
        switch error {
        case .keyNotFound(let key, let context): return "'\(place(context, key))' is missing"
        case .typeMismatch(_, let context): return "'\(place(context))' has the wrong type"
        case .valueNotFound(_, let context): return "'\(place(context))' has no value"
        case .dataCorrupted(let context): return PlainText.line(context.debugDescription)
        @unknown default: return "it is damaged"
        }
    }

    private static func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
        let keys = context.codingPath.map(\.stringValue) + (key.map { [$0.stringValue] } ?? [])
        return PlainText.line(keys.joined(separator: "."))
    }
}
