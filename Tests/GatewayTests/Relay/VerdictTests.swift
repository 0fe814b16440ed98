import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: what names a sandbox sees") struct VerdictTests {
    private static func name(_ text: String) -> HostName { HostName(text) ?? { preconditionFailure(text) }() }

    private let policy = NetworkPolicy(rules: [
        PolicyRule(.allow, .name(Self.name("up.test")), ports: [9000], source: "test"),
        PolicyRule(.allow, .below(Self.name("wild.test")), source: "test"),
        PolicyRule(.deny, .name(Self.name("bad.wild.test")), source: "test"),
    ])

    @Test("an allowed name has one address, always the same, and nobody is asked for it")
    func allowed() throws {
        let server = try Upstream(0, type: Sockets.datagram)
        let scene = try Scene(policy, nameserver: server)
        let names = ["up.test", "a.wild.test", "b.a.wild.test"]
        let addresses = try names.map { try scene.address(of: $0) }
        #expect(Set(addresses).count == 3)
        #expect(addresses.allSatisfy { $0 >> 17 == 0x7f12_0000 >> 17 })
        #expect(try names.map { try scene.address(of: $0) } == addresses)
        #expect(try scene.address(of: "UP.Test") == addresses[0])
        #expect(try !server.isWanted(within: 50))
        #expect(scene.reports.all.isEmpty)
    }

    @Test("an allowed name has nothing else", arguments: [28, 65, 64, 16, 15, 2, 33, 255, 12] as [UInt16])
    func otherTypes(type: UInt16) throws {
        let scene = try Scene(policy)
        let answer = try scene.query("up.test", type: type)
        #expect(answer[3] & 0xf == 0)
        #expect(answer[6..<12].allSatisfy { $0 == 0 })
        #expect(scene.reports.all.isEmpty)
    }

    @Test(
        "any other name does not exist, whatever is asked about it",
        arguments: ["evil.test", "wild.test", "xwild.test", "bad.wild.test", "1.0.0.127.in-addr.arpa", "x.up.test"],
        [1, 28, 65, 16, 255, 12] as [UInt16])
    func refused(name: String, type: UInt16) throws {
        let server = try Upstream(0, type: Sockets.datagram)
        let scene = try Scene(policy, nameserver: server)
        let answer = try scene.query(name, type: type)
        #expect(answer[3] & 0xf == 3)
        #expect(answer[6..<12].allSatisfy { $0 == 0 })
        let reason: RefusalReason = name == "bad.wild.test" ? .denied : .notListed
        _ = scene.reports.wait(for: 1)
        #expect(scene.reports.decisions.map(\.host) == [name])
        #expect(scene.reports.decisions.map(\.verdict) == [.refused(reason)])
        #expect(try !server.isWanted(within: 20))
    }

    @Test("where there are too many names, one more is refused and the others go on")
    func full() throws {
        let scene = try Scene(policy, limits: GatewayLimits { $0.names = 3 })
        for name in ["up.test", "a.wild.test", "b.wild.test"] { _ = try scene.address(of: name) }
        #expect(try scene.query("c.wild.test")[3] & 0xf == 5)
        _ = try scene.address(of: "a.wild.test")
        #expect(scene.reports.wait(for: 1) == [.refused(.name, "c.wild.test", .limit)])
    }
}
