import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: relay") struct RelayTests {
    private func scene(
        _ upstream: Upstream, limits: GatewayLimits = GatewayLimits()
    ) throws -> Scene {
        try Scene(.loopback("up.test"), hosts: "\(upstream.text) up.test\n", limits: limits)
    }

    @Test("bytes go both ways, whoever speaks first, and are counted")
    func both() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        let client = try scene.dial("up.test", Scene.plain)
        let server = try upstream.accept()
        try server.write(Array("220 hello\r\n".utf8))
        #expect(try Sockets.read(11, from: client) == Array("220 hello\r\n".utf8))
        try client.write(Array("EHLO\r\n".utf8))
        #expect(try Sockets.read(6, from: server) == Array("EHLO\r\n".utf8))
        shutdown(client.number, Int32(SHUT_RDWR))
        #expect(try server.read(atMost: 1).isEmpty)
        shutdown(server.number, Int32(SHUT_RDWR))
        var expected = GatewayDecision(
            .connection, host: "up.test", port: Scene.plain, address: upstream.text, verdict: .allowed,
            rule: "\(NetworkPolicy.loopback("up.test").rules[0]) (test)")
        expected.bytesOut = 6
        expected.bytesIn = 11
        #expect(scene.connections() == [expected])
    }

    @Test("the sandbox may end its half first, and still gets the whole answer")
    func halfClosedInside() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        let client = try scene.dial("up.test", Scene.plain)
        try client.write(Array("question".utf8))
        shutdown(client.number, Int32(SHUT_WR))
        let server = try upstream.accept()
        #expect(try Sockets.readAll(from: server) == Array("question".utf8))
        let answer = [UInt8](repeating: 7, count: 3 << 20)
        let writer = try WorkerThread(stack: 256 << 10) {
            try? server.write(answer)
            shutdown(server.number, Int32(SHUT_WR))
        }
        #expect(try Sockets.readAll(from: client) == answer)
        writer.finish()
        #expect(scene.connections().map(\.bytesIn) == [3 << 20])
    }

    @Test("the other side may end its half first, and still gets everything")
    func halfClosedOutside() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        let client = try scene.dial("up.test", Scene.plain)
        let server = try upstream.accept()
        try server.write(Array("all".utf8))
        shutdown(server.number, Int32(SHUT_WR))
        #expect(try Sockets.readAll(from: client) == Array("all".utf8))
        let question = [UInt8](repeating: 9, count: 3 << 20)
        let writer = try WorkerThread(stack: 256 << 10) {
            try? client.write(question)
            shutdown(client.number, Int32(SHUT_WR))
        }
        #expect(try Sockets.readAll(from: server) == question)
        writer.finish()
        #expect(scene.connections().map(\.bytesOut) == [3 << 20])
    }

    @Test("a reset on either side is a reset on the other", arguments: [true, false])
    func resets(inside: Bool) throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        var client: Descriptor? = try scene.dial("up.test", Scene.plain)
        var server: Descriptor? = try upstream.accept()
        try client?.write([1])
        #expect(try server?.read(atMost: 1) == [1])
        let other: Descriptor
        if inside {
            InternetSocket.resetWhenClosed(try #require(client))
            client = nil
            other = try #require(server)
        } else {
            InternetSocket.resetWhenClosed(try #require(server))
            server = nil
            other = try #require(client)
        }
        #expect(Sockets.failure(reading: other) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.allowed])
    }

    @Test("what was said before a reset still arrives")
    func lastWords() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream)
        let client = try scene.dial("up.test", Scene.plain)
        var server: Descriptor? = try upstream.accept()
        try client.write([UInt8](repeating: 1, count: 100))
        #expect(try server?.waitUntilReadable(milliseconds: 60_000) == true)
        // Closing with something unread is a reset.
        try server?.write(Array("no".utf8))
        server = nil
        var words: [UInt8] = []
        while let more = try? client.read(atMost: 10), !more.isEmpty { words += more }
        #expect(words == Array("no".utf8))
    }

    @Test("what a slow reader does not take is left with the sender; nothing is lost")
    func stalled() throws {
        let upstream = try Upstream(Scene.plain)
        let scene = try scene(upstream, limits: GatewayLimits { $0.memory = 1 << 20 })
        let size = 256 << 20
        let clients = try (0..<2).map { _ in try scene.dial("up.test", Scene.plain) }
        let servers = try clients.map { _ in try upstream.accept() }
        for server in servers { try server.setNonBlocking() }
        let chunk = [UInt8](repeating: 5, count: 1 << 16)
        var sent = 0
        // Until nothing has been taken from any sender for a while.
        var idle = 0
        while idle < 20, sent < size {
            let before = sent
            for server in servers { if let count = try? InternetSocket.send(chunk, over: server) { sent += count } }
            idle = sent == before ? idle + 1 : 0
            if sent == before { usleep(10_000) }
        }
        #expect(sent < size, "the gateway takes without end")
        for server in servers { shutdown(server.number, Int32(SHUT_WR)) }
        let received = try clients.map { try Sockets.readAll(from: $0).count }
        #expect(received.reduce(0, +) == sent)
    }

    @Test("the addresses of a name are tried in turn")
    func nextAddress() throws {
        let upstream = try Upstream(Scene.plain)
        let closed = InternetAddress(host: Upstream.unusedHost(), port: 0).hostText
        let scene = try Scene(
            .loopback("up.test"), hosts: "\(closed) up.test\n\(upstream.text) up.test\n")
        let client = try scene.dial("up.test", Scene.plain)
        try client.write([1])
        let server = try upstream.accept()
        #expect(try Sockets.read(1, from: server) == [1])
        scene.gateway.detach()
        #expect(scene.connections().map(\.address) == [upstream.text])
    }

    @Test("a name that nobody answers for is reset at once, and reported")
    func unreachable() throws {
        let closed = InternetAddress(host: Upstream.unusedHost(), port: 0).hostText
        let scene = try Scene(.loopback("up.test"), hosts: "\(closed) up.test\n")
        let client = try scene.dial("up.test", Scene.plain)
        #expect(Sockets.failure(reading: client) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.refused(.unreachable)])
        #expect(scene.connections().map(\.address) == [closed])
    }

    @Test("the machine's own loopback addresses are refused whatever a rule says")
    func literal() throws {
        let upstream = try Upstream(Scene.plain)
        let network = try #require(IPNetwork(IPAddress(v4: upstream.host), prefixLength: 32))
        let rule = PolicyRule(.allow, .network(network), ports: [Scene.plain], source: "test")
        let scene = try Scene(NetworkPolicy(rules: [rule]))
        #expect(Sockets.failure(reading: try scene.dial(upstream.host, Scene.plain)) == ECONNRESET)
        #expect(try !upstream.isWanted(within: 50))
    }
}
