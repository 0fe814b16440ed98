import Glibc
import NetworkPolicy
import Synchronization
import System
import Testing

@testable import Gateway

/// A name server on a loopback address, over UDP and TCP.
final class NameServer: Sendable {
    let upstream: Upstream
    let streams: Upstream
    private let asked = Mutex<[UInt16]>([])
    private let isOver = Atomic(false)
    private let thread = Mutex<WorkerThread?>(nil)

    /// - Parameter answer: the message for a query, with how often the type was asked for, and whether over TCP; nil for
    ///   none.
    init(_ answer: @escaping @Sendable (_ query: [UInt8], _ count: Int, _ isStream: Bool) -> [UInt8]?) throws {
        upstream = try Upstream(0, type: Sockets.datagram)
        streams = try Upstream(upstream.port, host: upstream.host)
        let started = try WorkerThread(stack: 512 << 10) { [self] in
            try? InternetSocket.prepareDatagrams(upstream.socket)
            try? InternetSocket.prepareListener(streams.socket)
            while !isOver.load(ordering: .acquiring) { serve(answer) }
        }
        thread.withLock { $0 = started }
    }

    /// The types that were asked for, in order.
    var types: [UInt16] { asked.withLock { $0 } }

    func stop() {
        isOver.store(true, ordering: .releasing)
        thread.withLock { $0.take() }?.finish()
    }

    private func serve(_ answer: ([UInt8], Int, Bool) -> [UInt8]?) {
        if (try? upstream.socket.waitUntilReadable(milliseconds: 5)) == true,
            let datagram = try? InternetSocket.receiveDatagram(atMost: 4096, from: upstream.socket),
            let message = answer(datagram.bytes, count(datagram.bytes), false)
        {
            InternetSocket.answer(datagram, with: message, over: upstream.socket)
        }
        guard (try? streams.isWanted()) == true, let connection = try? streams.accept() else { return }
        guard let query = (try? connection.read(atMost: 4096))?.dropFirst(2) else { return }
        if let message = answer(Array(query), count(Array(query)), true) {
            try? connection.write(DNSStream.frame(message))
        }
    }

    private func count(_ query: [UInt8]) -> Int {
        let type = Self.type(of: query)
        return asked.withLock {
            $0.append(type)
            return $0.filter { $0 == type }.count
        }
    }

    static func type(of query: [UInt8]) -> UInt16 {
        var position = 12
        while query[position] != 0 { position += Int(query[position]) + 1 }
        return query.bigEndian(at: position + 1)
    }

    /// An answer with these addresses where the type is theirs, and without any where it is not.
    static func answer(
        _ query: [UInt8], _ addresses: [[UInt8]] = [], seconds: UInt16 = 60, flags: UInt16 = 0x8180
    ) -> [UInt8] {
        let type = type(of: query)
        var end = 12
        while query[end] != 0 { end += Int(query[end]) + 1 }
        let records = addresses.filter { $0.count == (type == 1 ? 4 : 16) }
        return Array(query[..<2]) + Messages.words(flags, 1, UInt16(records.count), 0, 0) + Array(query[12..<end + 5])
            + records.flatMap {
                Messages.words(0xc00c, type, 1, 0, seconds, UInt16($0.count)) + $0
            }
    }
}

@Suite("Gateway: resolver") struct ResolverTests {
    private func bytes(_ host: UInt32) -> [UInt8] { IPAddress(v4: host).bytes }

    private func check(_ scene: Scene, _ upstream: Upstream) throws {
        let client = try scene.dial("up.test", Scene.plain)
        try client.write([1])
        #expect(try Sockets.read(1, from: upstream.accept()) == [1])
    }

    @Test("a name is looked up when it is dialled and not before, once for as long as the answer may be kept")
    func cached() throws {
        let upstream = try Upstream(Scene.plain)
        let address = bytes(upstream.host)
        let server = try NameServer { query, _, _ in NameServer.answer(query, [address], seconds: 3) }
        defer { server.stop() }
        let scene = try Scene(.loopback("up.test"), nameserver: server.upstream)
        for type: UInt16 in [1, 28, 65, 16] { _ = try scene.query("up.test", type: type) }
        _ = try scene.query("evil.test")
        #expect(server.types.isEmpty)
        for _ in 0..<5 { try check(scene, upstream) }
        #expect(server.types.sorted() == [1, 28])
        usleep(3_200_000)
        try check(scene, upstream)
        #expect(server.types.sorted() == [1, 1, 28, 28])
    }

    @Test("many who ask at once wait for one answer")
    func coalesced() throws {
        let upstream = try Upstream(Scene.plain)
        let address = bytes(upstream.host)
        let server = try NameServer { query, _, _ in
            usleep(150_000)
            return NameServer.answer(query, [address])
        }
        defer { server.stop() }
        let scene = try Scene(.loopback("up.test"), nameserver: server.upstream)
        let clients = try (0..<20).map { _ in try scene.dial("up.test", Scene.plain) }
        for client in clients { try client.write([1]) }
        for _ in clients { #expect(try Sockets.read(1, from: upstream.accept()) == [1]) }
        #expect(server.types.sorted() == [1, 28])
    }

    @Test("an answer that was cut is asked for over TCP")
    func truncated() throws {
        let upstream = try Upstream(Scene.plain)
        let address = bytes(upstream.host)
        let server = try NameServer { query, _, isStream in
            isStream ? NameServer.answer(query, [address]) : NameServer.answer(query, flags: 0x8380)
        }
        defer { server.stop() }
        let scene = try Scene(.loopback("up.test"), nameserver: server.upstream)
        try check(scene, upstream)
    }

    @Test("a query that is lost is sent again, and one that fails is too")
    func again() throws {
        let upstream = try Upstream(Scene.plain)
        let address = bytes(upstream.host)
        let server = try NameServer { query, count, _ in
            if count > 1 { return NameServer.answer(query, [address]) }
            return NameServer.type(of: query) == 1 ? nil : NameServer.answer(query, flags: 0x8182)
        }
        defer { server.stop() }
        let scene = try Scene(.loopback("up.test"), nameserver: server.upstream, queryTime: 1)
        try check(scene, upstream)
        #expect(server.types.sorted() == [1, 1, 28, 28])
    }

    @Test("an answer to another query is not taken")
    func forged() throws {
        let upstream = try Upstream(Scene.plain)
        let trap = try Upstream(Scene.plain)
        let (right, wrong) = (bytes(upstream.host), bytes(trap.host))
        let server = try NameServer { query, count, _ in
            if count > 1 { return NameServer.answer(query, [right]) }
            var answer = NameServer.answer(query, [wrong])
            answer[0] ^= 0xff
            return answer
        }
        defer { server.stop() }
        let scene = try Scene(.loopback("up.test"), nameserver: server.upstream, queryTime: 1)
        try check(scene, upstream)
        #expect(try !trap.isWanted())
    }

    @Test("a name that does not exist, or has no address, is refused", arguments: [0x8183, 0x8180, 0x8182] as [UInt16])
    func missing(flags: UInt16) throws {
        let server = try NameServer { query, _, _ in NameServer.answer(query, flags: flags) }
        defer { server.stop() }
        let scene = try Scene(.loopback("up.test"), nameserver: server.upstream)
        #expect(Sockets.failure(reading: try scene.dial("up.test", Scene.plain)) == ECONNRESET)
        #expect(scene.connections().map(\.verdict) == [.refused(.unresolved)])
    }

    @Test("a silent name server costs the name no more than the time allowed")
    func silent() throws {
        let server = try NameServer { _, _, _ in nil }
        defer { server.stop() }
        let limits = GatewayLimits { $0.totalDialTime = .milliseconds(500) }
        let scene = try Scene(.loopback("up.test"), nameserver: server.upstream, limits: limits)
        let start = Monotonic.now
        #expect(Sockets.failure(reading: try scene.dial("up.test", Scene.plain)) == ECONNRESET)
        // Two queries would be waited for five seconds each.
        #expect((400..<8000).contains(Monotonic.now.milliseconds(from: start)))
        #expect(scene.connections().map(\.verdict) == [.refused(.unresolved)])
    }

    @Test("only the answers that a rule lets a name lead to are dialled, of those that are not public")
    func notPublic() throws {
        let upstream = try Upstream(Scene.plain)
        let trap = try Upstream(Scene.plain)
        let (right, wrong) = (bytes(upstream.host), bytes(trap.host))
        let server = try NameServer { query, _, _ in NameServer.answer(query, [wrong, right]) }
        defer { server.stop() }
        var policy = NetworkPolicy.loopback("up.test")
        policy.rules[0].addresses = [try #require(IPNetwork(IPAddress(v4: upstream.host), prefixLength: 32))]
        let scene = try Scene(policy, nameserver: server.upstream)
        try check(scene, upstream)
        #expect(try !trap.isWanted())
        policy.rules[0].addresses = []
        scene.gateway.update(policy)
        #expect(Sockets.failure(reading: try scene.dial("up.test", Scene.plain)) == ECONNRESET)
        #expect(try !upstream.isWanted(within: 50))
        scene.gateway.stop()
        #expect(scene.connections(2).map(\.verdict) == [.refused(.notPublic), .refused(.notPublic)])
    }

    @Test("a hosts file that changes is read again")
    func hosts() throws {
        let one = try Upstream(Scene.plain)
        let two = try Upstream(Scene.plain)
        let scene = try Scene(.loopback("up.test"), hosts: "\(one.text) up.test\n")
        try check(scene, one)
        try Files.replace("\(scene.directory)/hosts", with: Array("\(two.text) up.test\n".utf8))
        usleep(1_100_000)
        try check(scene, two)
    }
}
