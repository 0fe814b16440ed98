import NetworkPolicy
import Testing

@testable import Gateway

/// A request that some server could take for another than the gateway does, or that is for another host.
private struct Case: Sendable, CustomTestStringConvertible {
    let text: [UInt8]
    let reason: RefusalReason
    let detail: String

    var testDescription: String { "\(detail): \(String(decoding: text.prefix(200), as: UTF8.self).debugDescription)" }

    init(_ reason: RefusalReason, _ detail: String, bytes: [UInt8]) {
        text = bytes
        self.reason = reason
        self.detail = detail
    }

    /// A request line and an honest Host.
    static func line(_ line: String, _ detail: String, _ reason: RefusalReason = .otherProtocol) -> Case {
        Case(reason, detail, bytes: Array("\(line)\r\nHost: allowed.test\r\n\r\n".utf8))
    }

    /// An honest request with these fields.
    static func fields(_ fields: String..., detail: String) -> Case {
        let lines = (["POST / HTTP/1.1", "Host: allowed.test"] + fields + ["", "x"]).joined(separator: "\r\n")
        return Case(.otherProtocol, detail, bytes: Array(lines.utf8))
    }

    /// A request with these fields for Host.
    static func host(_ fields: String..., detail: String = "Host names another host") -> Case {
        let lines = (["GET / HTTP/1.1"] + fields + ["", ""]).joined(separator: "\r\n")
        return Case(.otherHost, detail, bytes: Array(lines.utf8))
    }

    /// A chunked request with this body.
    static func chunks(_ body: String, detail: String = "bad chunk size") -> Case {
        let head = "POST / HTTP/1.1\r\nHost: allowed.test\r\nTransfer-Encoding: chunked\r\n\r\n"
        return Case(.otherProtocol, detail, bytes: Array((head + body).utf8))
    }

    /// A whole text.
    static func raw(_ text: String, _ detail: String, _ reason: RefusalReason = .otherProtocol) -> Case {
        Case(reason, detail, bytes: Array(text.utf8))
    }
}

@Suite("HTTP guard: smuggling") struct HTTPSmugglingTests {
    private static let lines: [Case] = [
        .line("GET http://evil.test/ HTTP/1.1", "the target is no path"),
        .line("GET http://allowed.test/ HTTP/1.1", "the target is no path"),
        .line("GET HTTPS://evil.test/ HTTP/1.1", "the target is no path"),
        .line("GET evil.test HTTP/1.1", "the target is no path"),
        .line("GET \\evil HTTP/1.1", "the target is no path"),
        .line("GET * HTTP/1.1", "bad target"), .line("OPTIONS ** HTTP/1.1", "the target is no path"),
        .line("CONNECT evil.test:443 HTTP/1.1", "CONNECT is for proxies"),
        .line("CONNECT /x HTTP/1.1", "CONNECT is for proxies"),
        .raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "not HTTP/1.0 or HTTP/1.1"),
        .line("GET / HTTP/2", "not HTTP/1.0 or HTTP/1.1"), .line("GET / HTTP/1.2", "not HTTP/1.0 or HTTP/1.1"),
        .line("GET / HTTP/0.9", "not HTTP/1.0 or HTTP/1.1"), .line("GET / HTTP/1.10", "not HTTP/1.0 or HTTP/1.1"),
        .line("GET / HTTP/01.1", "not HTTP/1.0 or HTTP/1.1"), .line("GET / http/1.1", "not HTTP/1.0 or HTTP/1.1"),
        .line("GET / RTSP/1.0", "not HTTP/1.0 or HTTP/1.1"), .line("GET / ", "not HTTP/1.0 or HTTP/1.1"),
        .line("GET /", "not a request of HTTP/1"), .line("GET", "not HTTP"),
        .line("GET  / HTTP/1.1", "not a request of HTTP/1"), .line("GET /  HTTP/1.1", "not a request of HTTP/1"),
        .line("GET / HTTP/1.1 ", "not a request of HTTP/1"), .line("GET / x HTTP/1.1", "not a request of HTTP/1"),
        .line("GET\t/ HTTP/1.1", "not HTTP"), .line(" GET / HTTP/1.1", "not HTTP"), .line("get / HTTP/1.1", "not HTTP"),
        .line("G@T / HTTP/1.1", "not HTTP"), .line("\r\nGET / HTTP/1.1", "not HTTP"),
        .line("\nGET / HTTP/1.1", "a bare line break"), .line("GET /\0 HTTP/1.1", "\(target)"),
        .line("GET /\t HTTP/1.1", "\(target)"), .line("GET /ü HTTP/1.1", "\(target)"),
        .line("GET /\u{7f} HTTP/1.1", "\(target)"),
    ]
    private static let target = "a character in the target that must be encoded"

    private static let breaks: [Case] = [
        .raw("GET / HTTP/1.1\nHost: allowed.test\n\n", "a bare line break"),
        .raw("GET / HTTP/1.1\rHost: allowed.test\r\n\r\n", "a bare line break"),
        .raw("GET / HTTP/1.1\r\r\nHost: allowed.test\r\n\r\n", "a bare line break"),
        .raw("GET / HTTP/1.1\r\nHost: allowed.test\n\r\n", "a bare line break"),
        .raw("GET / HTTP/1.1\r\nHost: allowed.test\r\rX: y\r\n\r\n", "a bare line break"),
        .raw("GET / HTTP/1.1\r\nX: y\rHost: evil.test\r\nHost: allowed.test\r\n\r\n", "a bare line break"),
        .raw("GET / HTTP/1.1\r\nX: y\nHost: evil.test\r\nHost: allowed.test\r\n\r\n", "a bare line break"),
        .raw("GET / HTTP/1.1\r\nHost: allowed.test\r\n\n", "a bare line break"),
        .raw("GET / HTTP/1.1\r\nHost: allowed.test\r\n\rX", "a bare line break"),
    ]

    private static let hosts: [Case] = [
        .host("Host: evil.test"), .host("Host:"), .host("Host: "), .host("Host: allowed.test.evil.test"),
        .host("Host: evil.test/allowed.test"), .host("Host: allowed.test@evil.test"), .host("Host: allowed.test:443"),
        .host("Host: allowed.test:"), .host("Host: allowed.test:080"), .host("Host: allowed.test:80:80"),
        .host("Host: allowed.test, evil.test"), .host("Host: allowed.test evil.test"), .host("Host: allowed.test.."),
        .host("Host: .allowed.test"), .host("Host: xallowed.test"), .host("Host: allowed.tes"),
        .host("Host: http://allowed.test"), .host("Host: \"allowed.test\""), .host("Host: allowed.test\u{a0}"),
        .host("Host: allowed%2etest"), .host("Host: allowed.test;"),
        .host("Host: allowed.test", "Host: evil.test", detail: "more than one Host"),
        .host("Host: allowed.test", "hOST: allowed.test", detail: "more than one Host"),
        .host("Host: evil.test", "Host: allowed.test"), .host("X: y", detail: "no Host"),
        .host("X-Host: allowed.test", detail: "no Host"), .raw("GET / HTTP/1.0\r\n\r\n", "no Host", .otherHost),
    ]

    private static let fields: [Case] = [
        .raw("GET / HTTP/1.1\r\nHost : allowed.test\r\n\r\n", "bad field name"),
        .raw("GET / HTTP/1.1\r\nHost\t: allowed.test\r\n\r\n", "bad field name"),
        .raw("GET / HTTP/1.1\r\n Host: evil.test\r\nHost: allowed.test\r\n\r\n", "bad field name"),
        .fields("X: y", " Host: evil.test", detail: "bad field name"),
        .fields("X: y", "\tfolded", detail: "bad field"), .fields("X: y", "\tfolded: z", detail: "bad field name"),
        .fields("X: y", " ", detail: "bad field"), .fields("no colon", detail: "bad field"),
        .fields(": x", detail: "bad field name"), .fields("X Y: z", detail: "bad field name"),
        .fields("X\u{0}: z", detail: "a control character in a field"), .fields("Xü: z", detail: "bad field name"),
        .fields("X(: z", detail: "bad field name"), .fields("X: \u{0}", detail: "a control character in a field"),
        .fields("X: \u{1b}[0m", detail: "a control character in a field"),
        .fields("X: \u{7f}", detail: "a control character in a field"),
        .fields("X: \u{b}", detail: "a control character in a field"),
        .fields("Upgrade: h2c", detail: "an upgrade to another protocol"),
        .fields("upgrade: websocket", detail: "an upgrade to another protocol"),
        .fields("HTTP2-Settings: AAMAAABkAAQAAP__", detail: "an upgrade to another protocol"),
        .fields("Connection: upgrade", detail: "an upgrade to another protocol"),
        .fields("Connection: keep-alive , UPGRADE", detail: "an upgrade to another protocol"),
        .fields("Connection: HTTP2-Settings", detail: "an upgrade to another protocol"),
        .fields("Connection: host", detail: "unknown option of Connection"),
        .fields("Connection: close, Content-Length", detail: "unknown option of Connection"),
        .fields("Proxy-Connection: transfer-encoding", detail: "unknown option of Connection"),
        .fields("Connection: close;x", detail: "unknown option of Connection"),
        .fields("Connection: close", "Connection: upgrade", detail: "an upgrade to another protocol"),
        .fields("Expect: y 100-continue", detail: "unknown value of Expect"),
        .fields("Expect: 200-ok", detail: "unknown value of Expect"),
        .fields("Expect:", detail: "unknown value of Expect"),
        .fields("Content_Length: 5", detail: "bad field name"),
        .fields("Transfer_Encoding: chunked", detail: "bad field name"),
        .fields("HTTP2_SETTINGS: x", detail: "bad field name"),
    ]

    private static let lengths: [Case] = [
        "+5", "-5", "5,5", "5, 5", "0x5", "5 5", "", " ", "05", "00", "5.0", "1e3", "a", "٥", "1000000000000000000",
        "18446744073709551621", "99999999999999999999", "5;", "\"5\"",
    ].map { .fields("Content-Length: \($0)", detail: "bad Content-Length") }

    private static let framing: [Case] = [
        .fields("Content-Length: 1", "Content-Length: 1", detail: "more than one Content-Length"),
        .fields("Content-Length: 1", "content-length: 2", detail: "more than one Content-Length"),
        .fields("Content-Length: 1", "Transfer-Encoding: chunked", detail: both),
        .fields("Transfer-Encoding: chunked", "Content-Length: 1", detail: both),
        .fields("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", detail: "more than one Transfer-Encoding"),
        .fields("Transfer-Encoding: chunked", "Transfer-Encoding: identity", detail: "more than one Transfer-Encoding"),
        .raw(
            "POST / HTTP/1.0\r\nHost: allowed.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding in HTTP/1.0"),
    ]
    private static let both = "Content-Length beside Transfer-Encoding"

    private static let encodings: [Case] = [
        "identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked;", "chunked;q=1", "xchunked",
        "Chunked", "CHUNKED", "\"chunked\"", "chunked,", ",chunked", "", "chunk", "chunked\u{b}", "chunke d",
    ].map {
        let isControl = $0.contains("\u{b}")
        return .fields(
            "Transfer-Encoding: \($0)",
            detail: isControl ? "a control character in a field" : "unknown Transfer-Encoding")
    }

    private static let chunks: [Case] = [
        .chunks("\r\n"), .chunks("g\r\n"), .chunks("0x5\r\nhello\r\n"), .chunks(" 5\r\nhello\r\n"),
        .chunks("5 \r\nhello\r\n"), .chunks("5;x=y\r\nhello\r\n"), .chunks("5;\r\nhello\r\n"), .chunks("-1\r\n"),
        .chunks("+5\r\nhello\r\n"), .chunks("5\nhello\r\n"), .chunks("5\rhello"), .chunks("5\r\rhello"),
        .chunks("0\n\n"), .chunks("5,5\r\n"), .chunks("1000000000000000\r\n"), .chunks("ffffffffffffffff\r\n"),
        .chunks("0000000000000005\r\n"), .chunks("\r\n0\r\n\r\n"), .chunks("5\r\nhello0\r\n\r\n", detail: long),
        .chunks("5\r\nhello\n0\r\n\r\n", detail: long), .chunks("5\r\nhello\rx", detail: long),
        .chunks("5\r\nhello!\r\n0\r\n\r\n", detail: long),
        .chunks("5\r\nhello\r\n\r\n0\r\n\r\n"), .chunks("0\r\nX: y\r\n\r\n", detail: trailer),
        .chunks("0\r\nHost: evil.test\r\n\r\n", detail: trailer), .chunks("0\r\n\n", detail: trailer),
        .chunks("0\r\n\r\n\r\nGET / HTTP/1.1\r\n", detail: "not HTTP"),
        .chunks("0\r\n\r\nGET / HTTP/1.1\r\nX: y\r\nHost : evil.test\r\n\r\n", detail: "bad field name"),
    ]
    private static let long = "a chunk is longer than it says"
    private static let trailer = "trailer fields are not supported"

    private static let all = lines + breaks + hosts + fields + lengths + framing + encodings + chunks

    @Test("nothing of it is let through, however it is cut", arguments: all)
    private func refused(example: Case) {
        let whole = Watched([example.text])
        #expect(whole.refusal?.reason == example.reason)
        #expect(whole.refusal?.detail.description == example.detail)
        let byByte = Watched(byByte: example.text)
        #expect(byByte.refusal == whole.refusal)
        #expect(!byByte.isBetweenRequests)
        // Of the request with the fault, not even the line; of a chunked one, what was right.
        let text = String(decoding: byByte.forwarded, as: UTF8.self)
        #expect(example.text.starts(with: byByte.forwarded))
        #expect(text.isEmpty || text.contains("Transfer-Encoding: chunked"))
        #expect(!text.contains("evil.test"))
    }

    @Test("nothing of it is let through behind an honest request", arguments: all)
    private func behind(example: Case) {
        let honest = Array("POST /a HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 5\r\n\r\nhello".utf8)
        #expect(Watched([honest + example.text]).refusal?.detail.description == example.detail)
        let watched = Watched(byByte: honest + example.text)
        #expect(watched.refusal?.detail.description == example.detail)
        #expect(watched.forwarded.starts(with: honest))
        #expect(watched.forwarded.dropFirst(honest.count).elementsEqual(Watched(byByte: example.text).forwarded))
    }

    @Test("there are enough of them")
    func enough() { #expect(Self.all.count >= 60) }
}
