/// One field of a request (RFC 9112, 5).
struct HTTPField {
    /// The fields that decide where a request goes and where it ends.
    enum Kind {
        case host
        case contentLength
        case transferEncoding
        case connection
        case upgrade
        case expect
        case other
    }

    let kind: Kind
    /// Without the blanks around it.
    let value: ArraySlice<UInt8>

    init(_ line: ArraySlice<UInt8>) throws(HTTPFault) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw .otherProtocol("bad field") }
        let name = line[..<colon]
        guard !name.isEmpty, name.allSatisfy(HTTPText.isToken) else { throw .otherProtocol("bad field name") }
        value = HTTPText.trimmed(line[(colon + 1)...])
        kind = Self.kind(name)
        // Some servers take an underscore for a hyphen.
        let isAmbiguous = name.contains(UInt8(ascii: "_")) && Self.kind(name.map(Self.hyphenated)[...]) != .other
        guard !isAmbiguous else { throw .otherProtocol("bad field name") }
    }

    private static func kind(_ name: ArraySlice<UInt8>) -> Kind {
        // None of them is longer.
        guard name.count <= 17 else { return .other }
        return switch String(decoding: name.map(HTTPText.lowered), as: UTF8.self) {
        case "host": .host
        case "content-length": .contentLength
        case "transfer-encoding": .transferEncoding
        case "connection", "proxy-connection": .connection
        case "upgrade", "http2-settings": .upgrade
        case "expect": .expect
        default: .other
        }
    }

    private static func hyphenated(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : byte }

    /// Expect has one value; servers that take others for it have been made to lose track of the body (RFC 9110, 10.1.1).
    func checkExpect() throws(HTTPFault) {
        guard value.map(HTTPText.lowered).elementsEqual("100-continue".utf8) else {
            throw .otherProtocol("unknown value of Expect")
        }
    }

    /// Connection may only speak of the connection itself: it can ask for another protocol, and a proxy on the way would
    /// take every field that it names out of the request, Host among them (RFC 9110, 7.6.1).
    func checkConnection() throws(HTTPFault) {
        for part in value.split(separator: UInt8(ascii: ",")) {
            let option = String(decoding: HTTPText.trimmed(part).map(HTTPText.lowered), as: UTF8.self)
            switch option {
            case "", "close", "keep-alive", "te": break
            case "upgrade", "http2-settings": throw .otherProtocol("an upgrade to another protocol")
            default: throw .otherProtocol("unknown option of Connection")
            }
        }
    }
}
