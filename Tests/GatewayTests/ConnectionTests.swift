import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: connections") struct ConnectionTests {
    @Test("a connection is reset, and the address that was dialled is reported")
    func reset() throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 443, socket, reports: reports)
        let client = try Sockets.client(Sockets.stream, 0x7f01_0203, port: port)
        #expect(Sockets.failure(reading: client) == ECONNRESET)
        #expect(
            reports.wait(for: 1) == [.refused(.connection, "127.1.2.3", port: 443, .notPublic)])
        gateway.stop()
        #expect(reports.all.count == 1)
    }

    @Test("what the agent sends first does not matter")
    func resetWithData() throws {
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 80, socket)
        let client = try Sockets.client(Sockets.stream, port: port)
        // Whichever call comes first after the reset is told of it.
        let sent = "GET / HTTP/1.1\r\n\r\n".withCString { send(client.number, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        let failure = sent == -1 ? errno : Sockets.failure(reading: client)
        #expect(failure == ECONNRESET)
        gateway.stop()
    }

    @Test("3,000 quick connections: each is counted, two lines are reported, no descriptor stays open")
    func quick() throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 443, socket, reports: reports)
        let before = try openDescriptors()
        for _ in 0..<30 {
            let clients = try (0..<100).map { _ in try Sockets.client(Sockets.stream, port: port) }
            for client in clients { #expect(Sockets.failure(reading: client) == ECONNRESET) }
        }
        // Other tests run in this process too, though none that keeps this many open.
        #expect(try openDescriptors() < before + 500)
        gateway.stop()
        let refusals = [1, 2999].map {
            GatewayEvent.refused(.connection, "127.0.0.1", port: 443, .notPublic, count: $0)
        }
        #expect(reports.all.map(\.timeless) == refusals)
    }

    private func openDescriptors() throws -> Int { try Files.list("/proc/self/fd").count }

    @Test("what repeats is reported without further traffic when the period is over")
    func period() throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.stream)
        let limits = GatewayLimits { $0.reportPeriod = .milliseconds(1500) }
        let gateway = try Gateway(.tcp, 443, socket, reports: reports, limits: limits)
        for _ in 0..<3 { _ = try Sockets.client(Sockets.stream, port: port).waitUntilReadable(milliseconds: 60_000) }
        let refusals = [1, 2].map { GatewayEvent.refused(.connection, "127.0.0.1", port: 443, .notPublic, count: $0) }
        let start = Monotonic.now
        #expect(reports.wait(for: 2) == refusals)
        // Without that limit it would be a minute.
        #expect(Monotonic.now.milliseconds(from: start) < 30_000)
        gateway.stop()
    }

    @Test("more listeners than one, each with its port")
    func ports() throws {
        let reports = Reports()
        let servers = try (0..<20).map { _ in try Sockets.server(Sockets.stream) }
        let gateway = try Gateway(policy: .none) { reports.add($0) }
        try gateway.attach(
            servers.enumerated().map { GatewayListener(transport: .tcp, port: UInt16($0 + 1000), socket: $1.socket) })
        for server in servers {
            #expect(Sockets.failure(reading: try Sockets.client(Sockets.stream, port: server.port)) == ECONNRESET)
        }
        _ = reports.wait(for: 20)
        #expect(reports.decisions.map(\.port) == Array(1000..<1020))
        gateway.stop()
    }
}
