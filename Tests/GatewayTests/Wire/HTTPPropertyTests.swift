import Testing

@testable import Gateway

@Suite("HTTP guard: properties") struct HTTPPropertyTests {
    private static let requests = [
        "GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: Allowed.Test:80\r\n\r\n5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n",
        "GET /x HTTP/1.0\r\nHost: allowed.test.\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 34\r\n\r\nGET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    ]

    /// Pipelined requests, some of them damaged.
    private func stream(_ random: inout Seeded) -> [UInt8] {
        (0..<Int.random(in: 1...4, using: &random)).flatMap { _ in
            var request = Array((Self.requests.randomElement(using: &random) ?? "").utf8)
            if Int.random(in: 0..<3, using: &random) == 0 { random.damage(&request) }
            return request
        }
    }

    @Test("how the bytes were cut never matters, and only what came is sent on", arguments: 1...10)
    func cuts(seed: UInt64) {
        var random = Seeded(seed)
        for _ in 0..<300 {
            let bytes = stream(&random)
            let byByte = Watched(byByte: bytes)
            #expect(bytes.starts(with: byByte.forwarded))
            let longest = Int.random(in: 2...80, using: &random)
            for pieces in [[bytes], random.cut(bytes, longest: longest)] {
                let watched = Watched(pieces)
                #expect(watched.refusal == byByte.refusal)
                #expect(watched.isBetweenRequests == byByte.isBetweenRequests)
                // Where a piece holds the fault, the rest of the piece is kept back too.
                #expect(byByte.forwarded.starts(with: watched.forwarded))
                if watched.refusal == nil { #expect(watched.forwarded == byByte.forwarded) }
            }
        }
    }

    @Test("a reader that only knows the RFC sees no other host in what is sent on", arguments: 11...20)
    func oracle(seed: UInt64) throws {
        var random = Seeded(seed)
        var heads = 0
        for _ in 0..<300 {
            let watched = Watched(byByte: stream(&random))
            for head in try #require(HTTPOracle.heads(watched.forwarded)) {
                heads += 1
                #expect(HTTPOracle.hosts(head) == ["allowed.test"])
                #expect(head.hasPrefix("GET ") || !head.contains("://"))
            }
        }
        #expect(heads > 150)
    }
}
