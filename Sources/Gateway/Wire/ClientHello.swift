/// The part of a TLS ClientHello (RFC 8446, 4.1.2) that says whom the client wants to speak with. Strict: every length
/// must fit exactly, so that no server can read another name in the same bytes.
///
/// An `encrypted_client_hello` extension passes unread: clients send a random one (GREASE) by themselves, and a real one
/// cannot be told from it. A real one needs a key from an HTTPS record, which the gateway's name server never hands
/// out; a client that brings such a key may reach another name of the same server, as any client may that names
/// another host inside the encrypted connection.
enum ClientHello {
    /// TLS 1.0 to 1.2; later ones pretend to be 1.2 here and in records.
    static let versions: ClosedRange<UInt16> = 0x0301...0x0303

    /// What stands in the body of the message.
    enum Content {
        case hello(serverName: String?)
        case malformed(StaticString)
    }

    /// Reads the body of the message, without its type and length.
    static func read(_ body: ArraySlice<UInt8>) -> Content {
        var reader = ByteReader(body)
        guard let version = reader.number(2), versions.contains(UInt16(version)) else {
            return .malformed("unknown TLS version")
        }
        guard reader.take(32) != nil, let session = reader.part(countedBy: 1), session.count <= 32 else {
            return .malformed("bad session id")
        }
        guard let suites = reader.part(countedBy: 2), !suites.isEmpty, suites.count.isMultiple(of: 2) else {
            return .malformed("bad cipher suites")
        }
        guard let compressions = reader.part(countedBy: 1), compressions.contains(0) else {
            return .malformed("bad compression methods")
        }
        if reader.isAtEnd { return .hello(serverName: nil) }
        guard let extensions = reader.part(countedBy: 2), reader.isAtEnd else { return .malformed("bad extensions") }
        return read(extensions: extensions)
    }

    private static func read(extensions: ArraySlice<UInt8>) -> Content {
        var reader = ByteReader(extensions)
        var seen: Set<Int> = []
        var name: String?
        while !reader.isAtEnd {
            guard let kind = reader.number(2), let data = reader.part(countedBy: 2) else {
                return .malformed("bad extension")
            }
            guard seen.insert(kind).inserted else { return .malformed("repeated extension") }
            if kind == serverNameExtension {
                name = serverName(data)
                if name == nil { return .malformed("bad server name") }
            }
        }
        return .hello(serverName: name)
    }

    private static let serverNameExtension = 0

    /// The only entry of the list, of the only kind there is, a host's name (RFC 6066, 3).
    private static func serverName(_ data: ArraySlice<UInt8>) -> String? {
        var outer = ByteReader(data)
        guard let list = outer.part(countedBy: 2), outer.isAtEnd else { return nil }
        var reader = ByteReader(list)
        guard reader.number(1) == 0, let name = reader.part(countedBy: 2), reader.isAtEnd else { return nil }
        guard (1...255).contains(name.count), name.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        return String(decoding: name, as: UTF8.self)
    }
}
