import Glibc
import NetworkPolicy
import System
import Testing

@testable import Gateway

private func hello(_ name: String?) -> SampleHello {
    SampleHello(extensions: name.map { [SampleHello.serverName($0)] } ?? [])
}

private let right = hello("allowed.test")
private let request = Array("GET / HTTP/1.1\r\nHost: allowed.test:8080\r\n\r\n".utf8)
private let foreign = Array("GET / HTTP/1.1\r\nHost: other.test:8080\r\n\r\n".utf8)

@Suite("Gateway: what a connection must say first") struct GateTests {
    private struct Fixture {
        let tls: Upstream
        let http: Upstream
        let scene: Scene

        init(limits: GatewayLimits = GatewayLimits()) throws {
            tls = try Upstream(Scene.tls)
            http = try Upstream(Scene.http, host: tls.host)
            scene = try Scene(
                .loopback("allowed.test"), hosts: "\(tls.text) allowed.test other.test\n", limits: limits)
        }
    }

    @Test(
        "a ClientHello for the name goes through, however it is cut",
        arguments: [
            right.records(), right.records(of: 64), right.records(of: 1), hello("ALLOWED.test").records(),
            right.records() + [20, 3, 3, 0, 1, 1],
        ], [1, 7, 1 << 20])
    func rightHello(bytes: [UInt8], piece: Int) throws {
        let fixture = try Fixture()
        let client = try fixture.scene.dial("allowed.test", Scene.tls)
        InternetSocket.sendAtOnce(client)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try client.write(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        let server = try fixture.tls.accept()
        #expect(try Sockets.read(bytes.count, from: server) == bytes)
        try server.write([22, 3, 3])
        #expect(try Sockets.read(3, from: client) == [22, 3, 3])
    }

    @Test("nothing is dialled before the last byte of the hello is there")
    func late() throws {
        let fixture = try Fixture()
        let bytes = right.records()
        let client = try fixture.scene.dial("allowed.test", Scene.tls)
        #expect(try !fixture.tls.isWanted(within: 700))
        try client.write(Array(bytes.dropLast()))
        #expect(try !fixture.tls.isWanted(within: 200))
        try client.write(Array(bytes.suffix(1)))
        #expect(try Sockets.read(bytes.count, from: fixture.tls.accept()) == bytes)
    }

    @Test(
        "any other hello gets an alert and is not dialled for",
        arguments: [
            (hello("other.test").records(), RefusalReason.otherHost), (hello("other.test").records(of: 64), .otherHost),
            (hello(nil).records(), .otherHost), (hello("xallowed.test").records(), .otherHost),
            (hello("allowed.test.other.test").records(), .otherHost), (hello("127.0.0.1").records(), .otherHost),
            (Array("GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n".utf8), .otherProtocol),
            (Array("SSH-2.0-x\r\n".utf8), .otherProtocol), ([0], .otherProtocol),
        ])
    func wrongHello(bytes: [UInt8], reason: RefusalReason) throws {
        let fixture = try Fixture()
        #expect(try fixture.scene.exchange("allowed.test", Scene.tls, bytes) == TLSAlert.accessDenied)
        #expect(fixture.scene.connections().map(\.verdict) == [.refused(reason)])
        #expect(try !fixture.tls.isWanted(within: 50))
    }

    @Test("requests for the name go through, one after the other and together, byte by byte")
    func requests() throws {
        let fixture = try Fixture()
        let client = try fixture.scene.dial("allowed.test", Scene.http)
        for byte in request { try client.write([byte]) }
        let server = try fixture.http.accept()
        #expect(try Sockets.read(request.count, from: server) == request)
        try server.write(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8))
        #expect(try Sockets.read(27, from: client).count == 27)
        try client.write(request + request)
        #expect(try Sockets.read(2 * request.count, from: server) == request + request)
    }

    @Test("nothing is dialled before a request's head is complete")
    func lateRequest() throws {
        let fixture = try Fixture()
        let client = try fixture.scene.dial("allowed.test", Scene.http)
        try client.write(Array(request.dropLast()))
        #expect(try !fixture.http.isWanted(within: 200))
        try client.write(Array(request.suffix(1)))
        #expect(try Sockets.read(request.count, from: fixture.http.accept()) == request)
    }

    @Test(
        "a first request for another host, and what is no HTTP/1, gets an answer that says why, and is not dialled for",
        arguments: [
            (foreign, RefusalReason.otherHost), (request + foreign, .otherHost),
            (Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), .otherProtocol), ([0x16, 3, 1], .otherProtocol),
        ])
    func wrongRequest(bytes: [UInt8], reason: RefusalReason) throws {
        let fixture = try Fixture()
        let answer = try fixture.scene.exchange("allowed.test", Scene.http, bytes)
        #expect(answer.starts(with: Array("HTTP/1.1 403 ".utf8)))
        #expect(fixture.scene.connections().map(\.verdict) == [.refused(reason)])
        #expect(try !fixture.http.isWanted(within: 50))
    }

    @Test("a later request for another host ends the connection, and the server never sees it")
    func laterRequest() throws {
        let fixture = try Fixture()
        let client = try fixture.scene.dial("allowed.test", Scene.http)
        try client.write(request)
        let server = try fixture.http.accept()
        #expect(try Sockets.read(request.count, from: server) == request)
        try client.write(foreign)
        #expect(Sockets.failure(reading: server) == ECONNRESET)
        #expect(Sockets.failure(reading: client) == ECONNRESET)
        #expect(fixture.scene.connections().map(\.verdict) == [.refused(.otherHost)])
    }

    @Test(
        "who says nothing in time is reset; who connects and leaves is not reported",
        arguments: [Scene.tls, Scene.http])
    func silent(port: UInt16) throws {
        let fixture = try Fixture(limits: GatewayLimits { $0.handshakeTime = .milliseconds(300) })
        _ = try fixture.scene.dial("allowed.test", port)
        let client = try fixture.scene.dial("allowed.test", port)
        let start = Monotonic.now
        #expect(Sockets.failure(reading: client) == ECONNRESET)
        // Without that limit it would be half a minute.
        #expect((250..<25_000).contains(Monotonic.now.milliseconds(from: start)))
        fixture.scene.gateway.stop()
        #expect(fixture.scene.connections().map(\.verdict) == [.refused(.limit)])
        #expect(fixture.scene.connections().map(\.count) == [1])
    }
}
