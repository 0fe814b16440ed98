import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: which addresses of a name are dialled") struct DialTests {
    private func block(_ server: Upstream) -> IPNetwork { IPNetwork(IPAddress(v4: server.host)) }

    private func denial(of server: Upstream) -> PolicyRule {
        PolicyRule(.deny, .network(block(server)), source: "test")
    }

    @Test("an address that a rule denies is not dialled for a name either; another of the name's is")
    func denied() throws {
        let (bad, good) = (try Upstream(Scene.plain), try Upstream(Scene.plain))
        var policy = NetworkPolicy.loopback("bad.test", "both.test")
        policy.rules.append(denial(of: bad))
        let scene = try Scene(
            policy, hosts: "\(bad.text) bad.test both.test\n\(good.text) both.test\n")
        #expect(Sockets.failure(reading: try scene.dial("bad.test", Scene.plain)) == ECONNRESET)
        let refused = try #require(scene.connections().first)
        #expect(refused.verdict == .refused(.denied))
        #expect(refused.rule?.hasPrefix("deny \(bad.text)") == true)
        let client = try scene.dial("both.test", Scene.plain)
        try client.write([1])
        #expect(try Sockets.read(1, from: good.accept()) == [1])
        #expect(try !bad.isWanted(within: 50))
    }

    @Test("denying an address ends the connections that names have led there")
    func deniedLater() throws {
        let server = try Upstream(Scene.plain)
        let scene = try Scene(.loopback("up.test"), hosts: "\(server.text) up.test\n")
        let client = try scene.dial("up.test", Scene.plain)
        let accepted = try server.accept()
        var policy = NetworkPolicy.loopback("up.test")
        policy.rules.append(denial(of: server))
        scene.gateway.update(policy)
        #expect(Sockets.failure(reading: client) == ECONNRESET)
        withExtendedLifetime(accepted) {}
        #expect(scene.connections().map(\.verdict) == [.refused(.denied)])
    }

    @Test("names that nobody waits for any more do not use up descriptors")
    func abandoned() throws {
        let silent = try Upstream(0, type: Sockets.datagram)
        let scene = try Scene(
            .loopback("a.test", "b.test", "c.test"), nameserver: silent,
            limits: GatewayLimits { $0.halfOpenConnections = 2 })
        for name in ["a.test", "b.test"] {
            let client = try scene.dial(name, Scene.plain)
            try #require(try silent.isWanted(within: 60_000))
            while try InternetSocket.receiveDatagram(atMost: 512, from: silent.socket) != nil {}
            InternetSocket.resetWhenClosed(client)
        }
        #expect(Sockets.failure(reading: try scene.dial("c.test", Scene.plain)) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.refused(.limit)])
    }

    @Test(
        "a process that may open few descriptors serves fewer connections, and keeps some", arguments: [64, 1024, 4096])
    func fewDescriptors(available: Int) {
        let usual = GatewayLimits()
        let limits = usual.within(available)
        #expect(limits.connections >= 1 && limits.connections < usual.connections)
        #expect(limits.halfOpenConnections >= 1 && limits.halfOpenConnections <= limits.connections)
        if available > 64 { #expect(limits.descriptors - 512 <= available / 2 + max(0, available / 2 - 512)) }
        #expect(usual.within(usual.descriptors).connections == usual.connections)
    }

    @Test("an address that was permitted when the name was looked up, and is no more, is not dialled")
    func changedMeanwhile() throws {
        // The first takes no more connections: it never answers.
        let host = Upstream.unusedHost()
        let (full, port) = try Sockets.server(Sockets.stream, host, port: Scene.plain, backlog: 0)
        let waiting = try Sockets.client(Sockets.stream, host, port: port)
        let second = try Upstream(Scene.plain)
        let first = InternetAddress(host: host, port: 0).hostText
        let scene = try Scene(
            .loopback("up.test"), hosts: "\(first) up.test\n\(second.text) up.test\n",
            limits: GatewayLimits { $0.dialTime = .milliseconds(2000) })
        let client = try scene.dial("up.test", Scene.plain)
        try #require(try !client.waitUntilReadable(milliseconds: 100))
        var policy = NetworkPolicy.loopback("up.test")
        policy.rules[0].addresses = [IPNetwork(IPAddress(v4: host))]
        scene.gateway.update(policy)
        #expect(Sockets.failure(reading: client) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.refused(.unreachable)])
        #expect(try !second.isWanted(within: 50))
        withExtendedLifetime((full, waiting)) {}
    }
}
