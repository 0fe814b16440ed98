/// The head of one request: its line and its fields (RFC 9112, 3 and 5), judged line by line.
struct HTTPHead {
    /// The longest head, in bytes, and the most fields.
    static let longest = 32 << 10
    static let mostFields = 128

    /// How the end of the request is found (RFC 9112, 6).
    enum Body {
        case none
        case counted(UInt64)
        case chunked
    }

    /// What has come of it so far.
    private(set) var bytes: [UInt8] = []

    private let host: [UInt8]
    private let port: UInt16
    /// Where in `bytes` the line begins that is coming.
    private var lineStart = 0
    private var hasMethod = false
    private var isOld = false
    private var fields = 0
    private var hasHost = false
    private var length: UInt64?
    private var isChunked = false

    init(host: [UInt8], port: UInt16) {
        self.host = host
        self.port = port
    }

    var isEmpty: Bool { bytes.isEmpty }

    /// Takes bytes off the front until the head is whole, and says then what follows it.
    mutating func take(_ rest: inout ArraySlice<UInt8>) throws(HTTPFault) -> Body? {
        while let byte = rest.popFirst() {
            bytes.append(byte)
            guard bytes.count <= Self.longest else { throw .otherProtocol("the request's head is too long") }
            if try isLineEnd(byte), let body = try endLine() { return body }
        }
        return nil
    }

    /// Whether the byte ends a line. Judged at once, so that what is no HTTP is refused by its first byte.
    private mutating func isLineEnd(_ byte: UInt8) throws(HTTPFault) -> Bool {
        let count = bytes.count - lineStart
        let followsReturn = count > 1 && bytes[bytes.count - 2] == HTTPText.cr
        if followsReturn || byte == HTTPText.lf {
            guard followsReturn, byte == HTTPText.lf else { throw .otherProtocol("a bare line break") }
            return true
        }
        if !hasMethod {
            let isMethod = byte == HTTPText.space ? count > 1 : HTTPRequestLine.isMethod(byte)
            guard isMethod, count <= HTTPRequestLine.longestMethod + 1 else { throw .otherProtocol("not HTTP") }
            hasMethod = byte == HTTPText.space
        } else if lineStart == 0 {
            guard byte == HTTPText.cr || (0x20...0x7e).contains(byte) else {
                throw .otherProtocol("a character in the target that must be encoded")
            }
        } else {
            let isText = byte == HTTPText.cr || byte == HTTPText.tab || byte >= 0x20 && byte != 0x7f
            guard isText else { throw .otherProtocol("a control character in a field") }
        }
        return false
    }

    private mutating func endLine() throws(HTTPFault) -> Body? {
        let line = bytes[lineStart..<bytes.count - HTTPText.lineEnd.count]
        let isFirst = lineStart == 0
        lineStart = bytes.count
        if isFirst {
            isOld = try HTTPRequestLine.isOld(line)
        } else if line.isEmpty {
            return try body()
        } else {
            try take(HTTPField(line))
        }
        return nil
    }

    private mutating func take(_ field: HTTPField) throws(HTTPFault) {
        fields += 1
        guard fields <= Self.mostFields else { throw .otherProtocol("too many fields") }
        switch field.kind {
        case .host:
            guard !hasHost else { throw .otherHost("more than one Host") }
            guard isOwn(field.value) else { throw .otherHost("Host names another host") }
            hasHost = true
        case .contentLength:
            guard length == nil else { throw .otherProtocol("more than one Content-Length") }
            guard let count = HTTPText.decimal(field.value) else { throw .otherProtocol("bad Content-Length") }
            length = count
        case .transferEncoding:
            guard !isChunked else { throw .otherProtocol("more than one Transfer-Encoding") }
            guard field.value.elementsEqual("chunked".utf8) else { throw .otherProtocol("unknown Transfer-Encoding") }
            isChunked = true
        case .connection: try field.checkConnection()
        case .expect: try field.checkExpect()
        case .upgrade: throw .otherProtocol("an upgrade to another protocol")
        case .other: break
        }
    }

    /// Whether a value of Host is the name that was dialled: in any case, with or without the root's dot and the port.
    private func isOwn(_ value: ArraySlice<UInt8>) -> Bool {
        let lowered = value.map(HTTPText.lowered)
        let suffix = Array(":\(port)".utf8)
        return [host, host + [UInt8(ascii: ".")]].contains { lowered == $0 || lowered == $0 + suffix }
    }

    private func body() throws(HTTPFault) -> Body {
        guard hasHost else { throw .otherHost("no Host") }
        if isChunked {
            guard length == nil else { throw .otherProtocol("Content-Length beside Transfer-Encoding") }
            guard !isOld else { throw .otherProtocol("Transfer-Encoding in HTTP/1.0") }
            return .chunked
        }
        return length.map { .counted($0) } ?? .none
    }
}
