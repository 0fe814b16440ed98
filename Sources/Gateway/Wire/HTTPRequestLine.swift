/// The first line of a request (RFC 9112, 3): method, target and version with one space between. The method's characters
/// are judged as they come.
enum HTTPRequestLine {
    /// Judges the line; true for HTTP/1.0.
    static func isOld(_ line: ArraySlice<UInt8>) throws(HTTPFault) -> Bool {
        let parts = line.split(separator: HTTPText.space, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .otherProtocol("not a request of HTTP/1") }
        let (method, target, version) = (parts[0], parts[1], parts[2])
        let isOld = version.elementsEqual("HTTP/1.0".utf8)
        guard isOld || version.elementsEqual("HTTP/1.1".utf8) else { throw .otherProtocol("not HTTP/1.0 or HTTP/1.1") }
        guard !method.elementsEqual("CONNECT".utf8) else { throw .otherProtocol("CONNECT is for proxies") }
        if target.elementsEqual("*".utf8) {
            guard method.elementsEqual("OPTIONS".utf8) else { throw .otherProtocol("bad target") }
        } else {
            guard target.first == UInt8(ascii: "/") else { throw .otherProtocol("the target is no path") }
        }
        return isOld
    }

    static let longestMethod = 32

    /// Every method in use is of these (the registry of RFC 9110, 16.1); servers compare their case.
    static func isMethod(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
    }
}
