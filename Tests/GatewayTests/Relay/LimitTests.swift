import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: limits and live changes") struct LimitTests {
    private func scene(
        _ upstream: Upstream, policy: NetworkPolicy = .loopback("up.test", "other.test"),
        limits: GatewayLimits = GatewayLimits()
    ) throws -> Scene {
        try Scene(policy, hosts: "\(upstream.text) up.test other.test\n", limits: limits)
    }

    /// A connection over which a byte has gone both ways.
    private func established(
        _ scene: Scene, _ upstream: Upstream, _ name: String = "up.test"
    ) throws -> (client: Descriptor, server: Descriptor) {
        let client = try scene.dial(name, Scene.plain)
        let server = try upstream.accept()
        try client.write([1])
        #expect(try Sockets.read(1, from: server) == [1])
        try server.write([2])
        #expect(try Sockets.read(1, from: client) == [2])
        return (client, server)
    }

    @Test("no more connections than allowed; the others are reset, and room is made again")
    func connections() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream, limits: GatewayLimits { $0.connections = 3 })
        var open = try (0..<3).map { _ in try established(scene, upstream) }
        #expect(Sockets.failure(reading: try scene.dial("up.test", Scene.plain)) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.refused(.limit)])
        let last = open.removeLast()
        InternetSocket.resetWhenClosed(last.server)
        shutdown(last.server.number, Int32(SHUT_RDWR))
        shutdown(last.client.number, Int32(SHUT_RDWR))
        #expect(scene.connections(2).map(\.verdict) == [.refused(.limit), .allowed])
        _ = try established(scene, upstream)
    }

    @Test("no more half-open connections than allowed, while relayed ones go on")
    func halfOpen() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream, limits: GatewayLimits { $0.halfOpenConnections = 2 })
        let relayed = try (0..<5).map { _ in try established(scene, upstream) }
        let waiting = try (0..<2).map { _ in try scene.dial("up.test", Scene.tls) }
        #expect(Sockets.failure(reading: try scene.dial("up.test", Scene.tls)) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.refused(.limit)])
        for (client, server) in relayed {
            try server.write([3])
            #expect(try Sockets.read(1, from: client) == [3])
        }
        withExtendedLifetime(waiting) {}
    }

    @Test("a connection that is silent for too long is reset on both sides; one that speaks is not")
    func idle() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream, limits: GatewayLimits { $0.idleTime = .seconds(3) })
        let silent = try established(scene, upstream)
        let speaking = try established(scene, upstream)
        for _ in 0..<17 {
            usleep(200_000)
            try speaking.client.write([4])
            #expect(try Sockets.read(1, from: speaking.server) == [4])
        }
        #expect(Sockets.failure(reading: silent.client) == ECONNRESET)
        #expect(Sockets.failure(reading: silent.server) == ECONNRESET)
        try speaking.server.write([5])
        #expect(try Sockets.read(1, from: speaking.client) == [5])
    }

    @Test("a policy that comes takes effect at once, and cuts what it does not allow")
    func update() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        let kept = try established(scene, upstream, "other.test")
        let cut = try established(scene, upstream)
        let waiting = try scene.dial("up.test", Scene.tls)
        usleep(50_000)
        scene.gateway.update(.loopback("other.test"))
        #expect(Sockets.failure(reading: cut.client) == ECONNRESET)
        #expect(Sockets.failure(reading: cut.server) == ECONNRESET)
        #expect(Sockets.failure(reading: waiting) == ECONNRESET)
        #expect(scene.connections(2).map(\.verdict) == [.refused(.notListed), .refused(.notListed)])
        #expect(scene.connections(2).map(\.bytesOut).max() == 1)
        #expect(try scene.query("up.test")[3] & 0xf == 3)
        try kept.client.write([6])
        #expect(try Sockets.read(1, from: kept.server) == [6])
        scene.gateway.update(.loopback("up.test"))
        _ = try established(scene, upstream)
        #expect(Sockets.failure(reading: kept.client) == ECONNRESET)
    }

    @Test("a policy that only takes the address away cuts too")
    func updateAddresses() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        let cut = try established(scene, upstream)
        var policy = NetworkPolicy.loopback("up.test")
        policy.rules[0].addresses = []
        scene.gateway.update(policy)
        #expect(Sockets.failure(reading: cut.client) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.refused(.notPublic)])
    }

    @Test("after 300 connections of every kind no descriptor is left open")
    func descriptors() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        for _ in 0..<100 {
            _ = try established(scene, upstream)
            _ = try scene.exchange("up.test", Scene.tls, [0])
            _ = try scene.exchange("up.test", Scene.http, [0])
        }
        let end = Monotonic.now + .seconds(60)
        while try scene.openConnections(with: upstream) > 0, Monotonic.now < end { usleep(10_000) }
        #expect(try scene.openConnections(with: upstream) == 0)
        let open = try established(scene, upstream)
        // The client's, the server's, and the gateway's two.
        #expect(try scene.openConnections(with: upstream) == 4)
        withExtendedLifetime(open) {}
    }

    @Test("names keep their addresses when the gateway starts again")
    func restart() throws {
        let directory = "/tmp/task-gateway-\(getpid())-\(Upstream.nextNumber())"
        try Files.makeDirectory(directory)
        defer {
            try? Files.remove("\(directory)/names")
            rmdir(directory)
        }
        let policy = NetworkPolicy.loopback("one.test", "two.test")
        let first = try Scene(policy, book: "\(directory)/names")
        let addresses = try ["two.test", "one.test"].map { try first.address(of: $0) }
        first.gateway.stop()
        let upstream = try Upstream(Scene.plain)
        let second = try Scene(policy, hosts: "\(upstream.text) two.test\n", book: "\(directory)/names")
        let client = try second.dial(addresses[0], Scene.plain)
        try client.write([1])
        #expect(try Sockets.read(1, from: upstream.accept()) == [1])
        #expect(try ["one.test", "two.test"].map { try second.address(of: $0) } == [addresses[1], addresses[0]])
    }

    @Test("an address that stands for no name is refused, and so is one of another port's name")
    func unknownAddress() throws {
        let upstream = try Upstream(Scene.plain)
        let policy = NetworkPolicy.loopback("up.test", ports: [Scene.plain])
        let scene = try scene(upstream, policy: policy)
        let address = try scene.address(of: "up.test")
        #expect(Sockets.failure(reading: try scene.dial(address, Scene.tls)) == ECONNRESET)
        #expect(Sockets.failure(reading: try scene.dial(address ^ 1, Scene.plain)) == ECONNRESET)
        #expect(scene.connections(2).map(\.verdict) == [.refused(.portNotListed), .refused(.notListed)])
        #expect(try !upstream.isWanted(within: 50))
    }
}
