import FoundationEssentials

/// A path and query of the Engine API, put together from parts that may come from anywhere.
struct Target: Sendable, Equatable {
    /// The path below the version, already encoded: `/containers/x/start`.
    let path: String
    private(set) var query: [(name: String, value: String)] = []

    static func == (left: Target, right: Target) -> Bool { left.encoded == right.encoded }

    /// A path known when this was written.
    init(_ path: StaticString) {
        self.path = "\(path)"
    }

    /// A path that names an object: `/containers/{name}/start`. An object's name stays inside its place in the path:
    /// whatever could end it is encoded, and what would still change the path (nothing, `.`, `..`) gives `nil`.
    ///
    /// - Parameter slashes: whether the name may have several segments, as an image's may.
    init?(_ before: StaticString, name: String, _ after: StaticString = "", slashes: Bool = false) {
        let segments = name.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.allSatisfy({ !["", ".", ".."].contains($0) }), slashes || segments.count == 1 else { return nil }
        path = "\(before)/\(segments.map { Self.encode(String($0)) }.joined(separator: "/"))\(after)"
    }

    /// The target with one more query parameter; with none where `value` is `nil`.
    func with(_ name: StaticString, _ value: String?) -> Target {
        guard let value else { return self }
        var result = self
        result.query.append(("\(name)", value))
        return result
    }

    func with(_ name: StaticString, _ value: Bool) -> Target { with(name, value ? "1" : "0") }

    func with(_ name: StaticString, _ value: Int) -> Target { with(name, String(value)) }

    /// `filters={"label":["a=b"]}`, which is how the API writes every filter; nothing where `filters` is empty.
    func with(filters: [String: [String]]) -> Target {
        let filters = filters.filter { !$0.value.isEmpty }
        return filters.isEmpty ? self : with("filters", Wire.text(filters))
    }

    /// As it goes on the wire, without the version.
    var encoded: String {
        let pairs = query.map { "\($0.name)=\(Self.encode($0.value))" }
        return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
    }

    /// Percent-encoding of everything but the unreserved characters of RFC 3986 and the colon, which may stand in a
    /// path segment and in a query, and which image names are full of.
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: ":"):
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
