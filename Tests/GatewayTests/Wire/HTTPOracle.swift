/// A plain reader of requests, written apart from the guard: what a server that believes the framing would see. Also
/// compiled into the fuzzer.
enum HTTPOracle {
    /// The heads in a stream, without the last request's body where it is not whole; nil where it cannot be followed.
    static func heads(_ stream: [UInt8]) -> [String]? {
        var heads: [String] = []
        var rest = stream[...]
        while !rest.isEmpty {
            guard let end = lineEnd(rest, [13, 10, 13, 10]) else { return nil }
            let head = String(decoding: rest[..<end], as: Unicode.ASCII.self)
            heads.append(head)
            rest = rest[end...]
            if values(head, "transfer-encoding") == ["chunked"] {
                guard let left = skipChunks(rest) else { return nil }
                rest = left
            } else if let length = values(head, "content-length").first {
                guard let count = Int(length) else { return nil }
                rest = rest.dropFirst(count)
            }
        }
        return heads
    }

    /// The hosts that a head names, in lower case, without port and final dot.
    static func hosts(_ head: String) -> [String] {
        values(head, "host").map { value in
            let name = value.lowercased().prefix { $0 != ":" }
            return String(name.hasSuffix(".") ? name.dropLast() : name)
        }
    }

    private static func values(_ head: String, _ name: String) -> [String] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].lowercased() == name else { return nil }
            let value = parts[1].drop { " \t".contains($0) }
            return String(value.reversed().drop { " \t".contains($0) }.reversed())
        }
    }

    /// What follows the chunks; nothing where they are not whole; nil where they are no chunks.
    private static func skipChunks(_ stream: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = stream
        while let end = lineEnd(rest, [13, 10]) {
            guard let size = Int(String(decoding: rest[..<(end - 2)], as: UTF8.self), radix: 16) else { return nil }
            rest = rest[end...]
            guard rest.count >= size + 2 else { return [] }
            rest = rest.dropFirst(size)
            guard rest.starts(with: [13, 10]) else { return nil }
            rest = rest.dropFirst(2)
            if size == 0 { return rest }
        }
        return []
    }

    /// Where the first such mark ends.
    private static func lineEnd(_ bytes: ArraySlice<UInt8>, _ mark: [UInt8]) -> Int? {
        guard bytes.count >= mark.count else { return nil }
        return (bytes.startIndex...bytes.endIndex - mark.count).first { bytes[$0...].starts(with: mark) }
            .map { $0 + mark.count }
    }
}
