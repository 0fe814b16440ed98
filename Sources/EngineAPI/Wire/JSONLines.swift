/// Splits a stream into lines, each a JSON value of its own. A value without I/O.
struct JSONLines {
    struct TooLong: Error, Equatable {}

    private var partial: [UInt8] = []

    /// The lines that these bytes complete, without their ends; empty ones are left out.
    mutating func receive(_ bytes: [UInt8]) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = Self.trimmed(partial + rest[..<end])
            guard line.count <= Wire.lineLimit else { throw TooLong() }
            if !line.isEmpty { lines.append(line) }
            partial = []
            rest = rest[(end + 1)...]
        }
        partial += rest
        guard partial.count <= Wire.lineLimit else { throw TooLong() }
        return lines
    }

    /// The last line, where the stream ended without a line end.
    mutating func finish() -> [UInt8]? {
        defer { partial = [] }
        let line = Self.trimmed(partial)
        return line.isEmpty ? nil : line
    }

    private static func trimmed(_ line: [UInt8]) -> [UInt8] {
        line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
}

extension ResponseStream {
    /// Reads a reply of JSON lines to its end.
    ///
    /// - Parameter body: called with each line; an error that it throws ends the request.
    func lines(_ body: ([UInt8]) throws(EngineError) -> Void) async throws(EngineError) {
        var lines = JSONLines()
        while let bytes = try await next() {
            let complete: [[UInt8]]
            do throws(JSONLines.TooLong) {
                complete = try lines.receive(bytes)
            } catch {
                throw .malformed(route: route, what: "a line is longer than \(Wire.lineLimit) bytes")
            }
            for line in complete { try body(line) }
        }
        if let last = lines.finish() { try body(last) }
    }
}
