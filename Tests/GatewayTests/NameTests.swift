import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: names") struct NameTests {
    private let query = Messages.query(additional: 1, name: Messages.name("Evil.Test"), rest: Messages.edns)
    private let answer = Messages.words(0x1234, 0x8183, 1, 0, 0, 0) + Messages.name("Evil.Test") + [0, 1, 0, 1]
    private let refusal = Refusal.name("evil.test", reason: .notListed)

    @Test(
        "over UDP, the answer comes from the address that was asked", arguments: [0x7f00_0001, 0x7f09_0807] as [UInt32])
    func datagrams(host: UInt32) throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.datagram)
        let gateway = try Gateway(.udp, 53, socket, reports: reports)
        // A connected client hears only the address that it asked.
        let client = try Sockets.client(Sockets.datagram, host, port: port)
        try client.write(query)
        #expect(try client.read(atMost: 4096) == answer)
        #expect(reports.wait(for: 1) == [.refused(refusal)])
        gateway.stop()
    }

    @Test("garbage is survived, and what is no query gets no answer")
    func garbage() throws {
        let (socket, port) = try Sockets.server(Sockets.datagram)
        let gateway = try Gateway(.udp, 53, socket)
        let client = try Sockets.client(Sockets.datagram, port: port)
        _ = send(client.number, nil, 0, 0)
        for count in [1, 2, 11] { try client.write([UInt8](repeating: 0, count: count)) }
        try client.write(answer)
        try client.write([UInt8](repeating: 0xff, count: 60_000))
        try client.write(query)
        #expect(try client.read(atMost: 4096) == answer)
        #expect(try !client.waitUntilReadable(milliseconds: 50))
        gateway.stop()
    }

    @Test("10,000 queries of one agent are answered, and reported as two lines")
    func flood() throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.datagram)
        let gateway = try Gateway(.udp, 53, socket, reports: reports)
        let client = try Sockets.client(Sockets.datagram, port: port)
        for _ in 0..<200 {
            for _ in 0..<50 { try client.write(query) }
            for _ in 0..<50 { #expect(try client.read(atMost: 4096).count == answer.count) }
        }
        gateway.stop()
        #expect(reports.all == [.refused(refusal), .repeated(refusal, count: 9999)])
    }

    @Test("over TCP, several queries of one connection, byte by byte and all at once")
    func streams() throws {
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 53, socket)
        let client = try Sockets.client(Sockets.stream, port: port)
        var on: Int32 = 1
        setsockopt(client.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        for byte in DNSStream.frame(query) { try client.write([byte]) }
        #expect(try Sockets.read(answer.count + 2, from: client) == DNSStream.frame(answer))
        try client.write((0..<100).flatMap { _ in DNSStream.frame(query) })
        let expected = (0..<100).flatMap { _ in DNSStream.frame(answer) }
        #expect(try Sockets.read(expected.count, from: client) == expected)
        gateway.stop()
        #expect([nil, ECONNRESET].contains(Sockets.failure(reading: client)))
    }

    @Test("a DNS connection that sends nonsense is closed")
    func nonsense() throws {
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 53, socket)
        let client = try Sockets.client(Sockets.stream, port: port)
        try client.write([0xff, 0xff, 1, 2, 3])
        #expect(try client.waitUntilReadable(milliseconds: 5000))
        let rest = try? client.read(atMost: 1)
        #expect(rest ?? [] == [])
        gateway.stop()
    }

    @Test("a DNS connection that never reads its answers is closed")
    func unread() throws {
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 53, socket)
        let client = try Sockets.client(Sockets.stream, port: port)
        let many = (0..<1000).flatMap { _ in DNSStream.frame(query) }
        let closed = (0..<2000).contains { _ in
            many.withUnsafeBytes { send(client.number, $0.baseAddress, many.count, Int32(MSG_NOSIGNAL)) } == -1
        }
        #expect(closed)
        gateway.stop()
    }

    @Test("an idle DNS connection is closed, also one that drips")
    func idle() throws {
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 53, socket, limits: GatewayLimits(queryIdle: .milliseconds(300)))
        let silent = try Sockets.client(Sockets.stream, port: port)
        let dripping = try Sockets.client(Sockets.stream, port: port)
        let start = Monotonic.now
        for byte in DNSStream.frame(query).prefix(10) {
            try dripping.write([byte])
            usleep(20_000)
        }
        #expect(try silent.read(atMost: 1).isEmpty)
        #expect(Monotonic.now.milliseconds(from: start) >= 250)
        #expect(try dripping.waitUntilReadable(milliseconds: 5000))
        #expect(Monotonic.now.milliseconds(from: start) < 4000)
        gateway.stop()
    }

    @Test("no more DNS connections than allowed; the others are reset and room is made again")
    func connectionLimit() throws {
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 53, socket, limits: GatewayLimits(queryConnections: 3))
        var clients = try (0..<3).map { _ in try Sockets.client(Sockets.stream, port: port) }
        for client in clients {
            try client.write(DNSStream.frame(query))
            _ = try Sockets.read(answer.count + 2, from: client)
        }
        #expect(Sockets.failure(reading: try Sockets.client(Sockets.stream, port: port)) == ECONNRESET)
        clients.removeLast()
        let end = Monotonic.now + .seconds(5)
        var answered = false
        while !answered, Monotonic.now < end {
            let client = try Sockets.client(Sockets.stream, port: port)
            try? client.write(DNSStream.frame(query))
            answered = (try? Sockets.read(answer.count + 2, from: client)) != nil
        }
        #expect(answered)
        gateway.stop()
    }
}
