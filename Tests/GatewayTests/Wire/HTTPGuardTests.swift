import NetworkPolicy
import Testing

@testable import Gateway

/// What a guard for `allowed.test` says to bytes.
struct Watched: Equatable {
    var forwarded: [UInt8] = []
    var refusal: HTTPRefusal?
    var isBetweenRequests = true

    init(_ pieces: [[UInt8]], host: String = "allowed.test", port: UInt16 = 80) {
        var watch = HTTPGuard(host: host, port: port)
        for piece in pieces {
            switch watch.take(piece) {
            case .forward(let bytes):
                #expect(refusal == nil, "a refusal is for good")
                forwarded += bytes
            case .refuse(let refusal):
                #expect(self.refusal == nil || self.refusal == refusal)
                self.refusal = refusal
            }
        }
        isBetweenRequests = watch.isBetweenRequests
    }

    init(byByte bytes: [UInt8], host: String = "allowed.test", port: UInt16 = 80) {
        self.init(bytes.map { [$0] }, host: host, port: port)
    }
}

@Suite("HTTP guard") struct HTTPGuardTests {
    private let start = "GET /x HTTP/1.1\r\nHost: allowed.test\r\n"

    private func expectAll(
        _ text: String, host: String = "allowed.test", port: UInt16 = 80, isBetweenRequests: Bool = true,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let bytes = Array(text.utf8)
        for watched in [Watched([bytes], host: host, port: port), Watched(byByte: bytes, host: host, port: port)] {
            #expect(watched.refusal == nil, sourceLocation: location)
            #expect(watched.forwarded == bytes, sourceLocation: location)
            #expect(watched.isBetweenRequests == isBetweenRequests, sourceLocation: location)
        }
    }

    @Test(
        "what honest clients send passes as it is",
        arguments: [
            "GET / HTTP/1.1\r\nHost: allowed.test\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: allowed.test\r\nConnection: Keep-Alive\r\n\r\n",
            "HEAD /a?b=c&d HTTP/1.1\r\nhost:ALLOWED.test:80\r\n\r\n",
            "GET / HTTP/1.1\r\nHOST: \t allowed.test. \t\r\n\r\n", "GET / HTTP/1.1\r\nHost: allowed.test.:80\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: allowed.test\r\n\r\n", "OPTIONS /a HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
            "M-SEARCH / HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
            "GET //double//slash HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: allowed.test\r\nConnection: TE, close\r\nTE: trailers\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: allowed.test\r\nX-Empty:\r\nX-Text: \u{fc}\t\"a\" ; b\r\n\r\n",
            "GET /http://evil.test/ HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
            "POST /a HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
            "POST /a HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 0\r\n\r\n",
            "PUT /a HTTP/1.0\r\nContent-Length: 3\r\nHost: allowed.test\r\n\r\n\r\n\0",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: allowed.test\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: allowed.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00A\r\n0123456789\r\n"
                + "000\r\n\r\n",
        ])
    func honest(request: String) {
        expectAll(request)
        expectAll(request + request)
    }

    @Test("a body is sent on as it comes, a head once it is whole")
    func pieces() {
        var watch = HTTPGuard(host: "allowed.test", port: 80)
        let head = "POST / HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 6\r\n\r\n"
        #expect(watch.take(Array(head.utf8.dropLast())) == .forward([]))
        #expect(!watch.isBetweenRequests)
        #expect(watch.take(Array("\nab".utf8)) == .forward(Array((head + "ab").utf8)))
        #expect(watch.take(Array("cd".utf8)) == .forward(Array("cd".utf8)))
        #expect(!watch.isBetweenRequests)
        #expect(watch.take(Array("efGET".utf8)) == .forward(Array("ef".utf8)))
        #expect(!watch.isBetweenRequests)
        #expect(watch.take([]) == .forward([]))
    }

    @Test("the port of Host is the one that was dialled")
    func ports() {
        expectAll("GET / HTTP/1.1\r\nHost: a.test:8080\r\n\r\n", host: "a.test", port: 8080)
        expectAll("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", host: "a.test", port: 8080)
        expectAll("GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", host: "192.0.2.1")
        let wrong = Array("GET / HTTP/1.1\r\nHost: a.test:80\r\n\r\n".utf8)
        #expect(Watched([wrong], host: "a.test", port: 8080).refusal?.reason == .otherHost)
    }

    @Test("a later request for another host is refused, at once or after a while")
    func laterRequests() {
        let first = start + "\r\n"
        let second = "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n"
        let refusal = HTTPRefusal(reason: .otherHost, detail: "Host names another host")
        #expect(Watched([Array((first + second).utf8)]).refusal == refusal)
        let later = Watched([Array(first.utf8), Array(second.utf8)])
        #expect(later.refusal == refusal)
        #expect(later.forwarded == Array(first.utf8))
    }

    @Test("what cannot become HTTP is refused by its first bytes")
    func firstBytes() {
        for byte in UInt8.min...UInt8.max where !(0x41...0x5a).contains(byte) && byte != 0x2d && byte != 10 {
            #expect(Watched([[byte]]).refusal == HTTPRefusal(reason: .otherProtocol, detail: "not HTTP"), "\(byte)")
        }
        #expect(Watched([Array("SSH-2".utf8)]).refusal?.reason == .otherProtocol)
        #expect(Watched([[UInt8](repeating: 0x41, count: 34)]).refusal?.reason == .otherProtocol)
        #expect(Watched([Hellos.curl]).refusal?.reason == .otherProtocol)
    }

    @Test("as many fields, and as long a head, as there may be and no more")
    func limits() {
        let fields = (1..<HTTPHead.mostFields).map { "F\($0): x\r\n" }.joined()
        expectAll(start + fields + "\r\n")
        let more = Watched([Array((start + fields + "G: x\r\n\r\n").utf8)])
        #expect(more.refusal?.detail.description == "too many fields")
        func padded(_ length: Int) -> String {
            start + "F: " + String(repeating: "x", count: length - start.utf8.count - 7) + "\r\n\r\n"
        }
        #expect(padded(HTTPHead.longest).utf8.count == 32768)
        expectAll(padded(HTTPHead.longest))
        let long = Watched([Array(padded(HTTPHead.longest + 1).utf8)])
        #expect(long.refusal?.detail.description == "the request's head is too long")
        let piece = [UInt8](repeating: 0x41, count: 999)
        let endless = Watched([Array("GET /".utf8)] + [[UInt8]](repeating: piece, count: 50))
        #expect(endless.refusal == long.refusal)
    }

    @Test("sizes up to the largest that are accepted")
    func sizes() {
        expectAll(start + "Content-Length: 999999999999999999\r\n\r\nx", isBetweenRequests: false)
        expectAll(start + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nx", isBetweenRequests: false)
    }

    @Test("a denial is a whole response that says why")
    func denial() throws {
        func denial(_ host: String, _ port: UInt16) -> String {
            String(decoding: HTTPGuard.denial(host: host, port: port, detail: "some reason"), as: UTF8.self)
        }
        let text = denial("evil.test", 8080)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        let body = try #require(parts.last)
        #expect(parts.count == 2)
        #expect(text.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
        #expect(text.contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
        #expect(text.contains("\r\nConnection: close\r\n"))
        #expect(body.contains("evil.test, port 8080") && body.contains("some reason"))
        #expect(body.hasSuffix("/run/task/denied lists what was refused.\n"))
        #expect(!denial("x\r\nSet-Cookie: y", 80).contains("Set-Cookie"))
    }
}
