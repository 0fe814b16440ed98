import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: attach, detach, stop") struct LifetimeTests {
    private func attached(_ reports: Reports = Reports()) throws -> (gateway: Gateway, port: UInt16) {
        let (socket, port) = try Sockets.server(Sockets.stream)
        return (try Gateway(.tcp, 443, socket, reports: reports), port)
    }

    private func connectFailure(_ port: UInt16) -> Int32? {
        do throws(any Error) {
            _ = try Sockets.client(Sockets.stream, port: port)
            return nil
        } catch {
            return (error as? SystemError)?.code
        }
    }

    @Test("detach has closed the sockets when it returns")
    func detachCloses() throws {
        let (gateway, port) = try attached()
        gateway.detach()
        #expect(connectFailure(port) == ECONNREFUSED)
        gateway.stop()
    }

    @Test("stop has closed the sockets when it returns, and takes no new ones")
    func stopCloses() throws {
        let (gateway, port) = try attached()
        gateway.stop()
        gateway.stop()
        #expect(connectFailure(port) == ECONNREFUSED)
        let (socket, _) = try Sockets.server(Sockets.stream)
        #expect(throws: SystemError.self) {
            try gateway.attach([GatewayListener(transport: .tcp, port: 80, socket: socket)])
        }
    }

    @Test("a gateway that is let go of closes its sockets")
    func deinitCloses() throws {
        var port: UInt16 = 0
        do {
            let gateway = try attached()
            port = gateway.port
        }
        #expect(connectFailure(port) == ECONNREFUSED)
    }

    @Test("a socket that the guest keeps open waits for the next attach, unserved and without cost")
    func keptOpen() throws {
        let reports = Reports()
        let (socket, port) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 443, Descriptor(owning: dup(socket.number)), reports: reports)
        gateway.detach()
        let client = try Sockets.client(Sockets.stream, port: port)
        #expect(try !client.waitUntilReadable(milliseconds: 100))
        #expect(reports.all.isEmpty)
        try gateway.attach([GatewayListener(transport: .tcp, port: 443, socket: socket)])
        #expect(Sockets.failure(reading: client) == ECONNRESET)
        gateway.stop()
    }

    @Test("what is not the socket it is said to be is refused, and the others with it")
    func wrongSockets() throws {
        let gateway = try Gateway(policy: .none) { _ in }
        let (good, port) = try Sockets.server(Sockets.stream)
        let wrong: [(GatewayListener.Transport, Descriptor)] = [
            (.tcp, try Sockets.server(Sockets.datagram).socket), (.udp, try Sockets.server(Sockets.stream).socket),
            (.tcp, try Sockets.server(Sockets.stream, backlog: nil).socket), (.tcp, try Descriptor.pipe().read),
            (.tcp, Descriptor(owning: socket(AF_UNIX, Sockets.stream, 0))),
            (.tcp, Descriptor(owning: socket(AF_INET6, Sockets.stream, 0))),
        ]
        for (transport, socket) in wrong {
            #expect(throws: SystemError.self, "\(transport)") {
                try gateway.attach([
                    GatewayListener(transport: .tcp, port: 80, socket: good),
                    GatewayListener(transport: transport, port: 80, socket: socket),
                ])
            }
        }
        let client = try Sockets.client(Sockets.stream, port: port)
        #expect(try !client.waitUntilReadable(milliseconds: 100))
        gateway.stop()
    }

    @Test("the same socket cannot be served twice")
    func twice() throws {
        let (socket, _) = try Sockets.server(Sockets.stream)
        let gateway = try Gateway(.tcp, 443, socket)
        #expect(throws: SystemError.self) {
            try gateway.attach([GatewayListener(transport: .tcp, port: 443, socket: socket)])
        }
        gateway.stop()
    }

    @Test("report may detach and stop the gateway that calls it")
    func reentrant() throws {
        let reports = Reports()
        let holder = Holder()
        let gateway = try Gateway(policy: .none) { event in
            holder.gateway?.detach()
            holder.gateway?.stop()
            reports.add(event)
        }
        holder.gateway = gateway
        let (socket, port) = try Sockets.server(Sockets.stream)
        try gateway.attach([GatewayListener(transport: .tcp, port: 443, socket: socket)])
        _ = try Sockets.client(Sockets.stream, port: port)
        #expect(reports.wait(for: 1).count == 1)
    }

    /// Set once, before anything is reported.
    private final class Holder: @unchecked Sendable {
        weak var gateway: Gateway?
    }

    @Test("attaching and detaching under load neither crashes nor leaves anything open")
    func churn() throws {
        let reports = Reports()
        let gateway = try Gateway(policy: .none) { reports.add($0) }
        for _ in 0..<200 {
            let (socket, port) = try Sockets.server(Sockets.stream)
            try gateway.attach([GatewayListener(transport: .tcp, port: 80, socket: socket)])
            let clients = try (0..<3).map { _ in try Sockets.client(Sockets.stream, port: port) }
            gateway.detach()
            withExtendedLifetime(clients) {}
        }
        gateway.stop()
    }
}
