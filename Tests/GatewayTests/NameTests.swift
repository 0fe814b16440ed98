import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: names") struct NameTests {
    private let query = Messages.query(additional: 1, name: Messages.name("Evil.Test"), rest: Messages.edns)
    private let answer = Messages.words(0x1234, 0x8183, 1, 0, 0, 0) + Messages.name("Evil.Test") + [0, 1, 0, 1]
    private let refusal = GatewayEvent.refused(.name, "evil.test")

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
        #expect(reports.wait(for: 1) == [refusal])
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

    @Test("10,000 queries of one agent are answered where the limit allows, and reported as two lines")
    func flood() throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.datagram)
        let limits = GatewayLimits { $0.queryBurst = 10_000 }
        let gateway = try Gateway(.udp, 53, socket, reports: reports, limits: limits)
        let client = try Sockets.client(Sockets.datagram, port: port)
        for _ in 0..<200 {
            for _ in 0..<50 { try client.write(query) }
            for _ in 0..<50 { #expect(try client.read(atMost: 4096).count == answer.count) }
        }
        gateway.stop()
        #expect(reports.all == [refusal, .refused(.name, "evil.test", count: 9999)])
    }

    @Test("beyond the limit queries are refused at once, and names are answered again after a rest")
    func rate() throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.datagram)
        let limits = GatewayLimits {
            $0.queryBurst = 10
            $0.queriesPerSecond = 20
        }
        let gateway = try Gateway(.udp, 53, socket, reports: reports, limits: limits)
        let client = try Sockets.client(Sockets.datagram, port: port)
        let codes = try (0..<200).map { _ in
            try client.write(query)
            return try client.read(atMost: 4096)[3] & 0xf
        }
        #expect(codes.prefix(10) == [3, 3, 3, 3, 3, 3, 3, 3, 3, 3])
        #expect(codes.filter { $0 == 5 }.count > 100)
        usleep(200_000)
        try client.write(query)
        #expect(try client.read(atMost: 4096) == answer)
        gateway.stop()
        #expect(reports.all.prefix(2) == [refusal, .refused(.name, "", .limit)])
    }

    @Test("a flood is not even refused but for a part, over UDP and over TCP, and names are answered again after it")
    func deaf() throws {
        let limits = GatewayLimits {
            ($0.queryBurst, $0.queriesPerSecond, $0.refusalsPerSecond) = (10, 10, 200)
        }
        let (socket, port) = try Sockets.server(Sockets.datagram)
        let gateway = try Gateway(.udp, 53, socket, limits: limits)
        let (listener, streamPort) = try Sockets.server(Sockets.stream)
        try gateway.attach([GatewayListener(transport: .tcp, port: 53, socket: listener)])
        let client = try Sockets.client(Sockets.datagram, port: port)
        var answers = 0
        for _ in 0..<100 {
            for _ in 0..<100 { try client.write(query) }
            while try client.waitUntilReadable(milliseconds: 0) {
                _ = try client.read(atMost: 4096)
                answers += 1
            }
            usleep(5000)
        }
        #expect((10...1000).contains(answers), "\(answers) answers to 10,000 queries")
        let stream = try Sockets.client(Sockets.stream, port: streamPort)
        let isClosed = (0..<2000).contains { _ in
            (try? stream.write(DNSStream.frame(query))) == nil || (try? stream.read(atMost: 4096))?.isEmpty != false
        }
        #expect(isClosed)
        // What is in the queues comes first.
        usleep(500_000)
        while try client.waitUntilReadable(milliseconds: 1200) { _ = try client.read(atMost: 4096) }
        try client.write(query)
        #expect(try client.read(atMost: 4096) == answer)
        gateway.stop()
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
        #expect(try client.waitUntilReadable(milliseconds: 60_000))
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
        let gateway = try Gateway(.tcp, 53, socket, limits: GatewayLimits { $0.queryIdle = .milliseconds(300) })
        let silent = try Sockets.client(Sockets.stream, port: port)
        let dripping = try Sockets.client(Sockets.stream, port: port)
        let start = Monotonic.now
        for byte in DNSStream.frame(query).prefix(10) {
            try dripping.write([byte])
            usleep(20_000)
        }
        #expect(try silent.read(atMost: 1).isEmpty)
        #expect(Monotonic.now.milliseconds(from: start) >= 250)
        #expect(try dripping.waitUntilReadable(milliseconds: 60_000))
        // Without that limit it would be ten seconds.
        #expect(Monotonic.now.milliseconds(from: start) < 9000)
        gateway.stop()
    }

    @Test("no more DNS connections than allowed; the others are reset and room is made again")
    func connectionLimit() throws {
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 53, socket, limits: GatewayLimits { $0.queryConnections = 3 })
        var clients = try (0..<3).map { _ in try Sockets.client(Sockets.stream, port: port) }
        for client in clients {
            try client.write(DNSStream.frame(query))
            _ = try Sockets.read(answer.count + 2, from: client)
        }
        #expect(Sockets.failure(reading: try Sockets.client(Sockets.stream, port: port)) == ECONNRESET)
        clients.removeLast()
        let end = Monotonic.now + .seconds(60)
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
