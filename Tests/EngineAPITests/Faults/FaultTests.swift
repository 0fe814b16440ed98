import Foundation
import Synchronization
import Testing

@testable import EngineAPI

@Suite("an engine that misbehaves")
struct FaultTests {
    /// A server that agrees on 1.41 and answers everything else thus.
    private func with(
        _ answer: FaultServer.Answer, in directory: String? = nil,
        _ body: (FaultServer, EngineClient) async throws -> Void
    ) async throws {
        let server = try FaultServer(in: directory) { $0.hasSuffix("/_ping") ? .ping("1.41") : answer }
        defer { server.stop() }
        try await body(server, EngineClient(socket: server.path))
    }

    @Test("no answer at all")
    func hang() async throws {
        try await with(.stall("")) { server, client in
            let error = EngineError.timedOut(route: "POST /containers/x/wait", seconds: 0.25)
            let began = ContinuousClock.now
            await #expect(throws: error) {
                try await client.waitForContainer("x", timeout: .milliseconds(250))
            }
            #expect(ContinuousClock.now - began >= .milliseconds(250))
            #expect(await eventually { server.closedByPeer == 1 })
        }
    }

    @Test("an answer that begins and does not end")
    func hangInBody() async throws {
        try await with(.stall("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Status")) { _, client in
            await #expect(throws: EngineError.timedOut(route: "POST /containers/x/wait", seconds: 0.25)) {
                try await client.waitForContainer("x", timeout: .milliseconds(250))
            }
        }
    }

    @Test("cancelling closes the connection")
    func cancelled() async throws {
        try await with(.stall("")) { server, client in
            let task = Task { try await client.inspectContainer("x") }
            #expect(await eventually { server.requests.count == 2 })
            task.cancel()
            let result = await task.result
            #expect(throws: EngineError.cancelled) { try result.get() }
            #expect(await eventually { server.closedByPeer == 1 })
        }
    }

    @Test("dropping a stream closes the connection")
    func dropped() async throws {
        try await with(.stall("HTTP/1.1 200 OK\r\n\r\n")) { server, client in
            _ = try await client.events()
            #expect(await eventually { server.closedByPeer == 1 })
        }
    }

    @Test("a container whose program ends while it is being killed is removed all the same")
    func endsWhileKilled() async throws {
        let asked = Mutex(0)
        let server = try FaultServer { request in
            if request.hasSuffix("/_ping") { return .ping("1.41") }
            let count = asked.withLock { count in
                count += 1
                return count
            }
            let isRunning = request.contains("/ends") && count < 3 || request.contains("/stays")
            return isRunning
                ? .json(409, #"{"message":"Could not kill running container, cannot remove - it is not running"}"#)
                : .bytes("HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n")
        }
        defer { server.stop() }
        let client = EngineClient(socket: server.path)
        try await client.removeContainer("ends", force: true)
        #expect(asked.withLock(\.self) == 3)
        let error = await #expect(throws: EngineError.self) { try await client.removeContainer("stays", force: true) }
        #expect(error?.isConflict == true)
        // One that is not to be killed may run: that is an answer.
        asked.withLock { $0 = 0 }
        await #expect(throws: EngineError.self) { try await client.removeContainer("stays", force: false) }
        #expect(asked.withLock(\.self) == 1)
    }

    @Test("the labels of a volume are known, also where an engine that was restarted forgets to tell them")
    func forgottenLabels() async throws {
        let server = try FaultServer { request in
            if request.hasSuffix("/_ping") { return .ping("1.41") }
            let labels = request.hasPrefix("POST") ? "null" : #"{"a":"b"}"#
            return .json(201, #"{"Name":"x","Labels":\#(labels)}"#)
        }
        defer { server.stop() }
        let volume = try await EngineClient(socket: server.path).createVolume("x", labels: ["a": "b"])
        #expect(volume.labels == ["a": "b"])
    }

    @Test("the transport's threads go with their clients")
    func threads() async throws {
        let server = try FaultServer { _ in .ping("1.41") }
        defer { server.stop() }
        func count() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0 }
        for _ in 0..<100 { _ = try await EngineClient(socket: server.path).ping() }
        // Other tests run at the same time and have threads of their own.
        #expect(await eventually { count() < 80 })
    }

    @Test("dropping the client while a request runs is no trouble")
    func clientDropped() async throws {
        let server = try FaultServer { $0.hasSuffix("/_ping") ? .ping("1.41") : .stall("HTTP/1.1 200 OK\r\n\r\n") }
        defer { server.stop() }
        do {
            let events = try await EngineClient(socket: server.path).events()
            let reader = Task { try await events.first { _ in true } }
            try await Task.sleep(for: .milliseconds(50))
            reader.cancel()
            // Whether the reader had begun to wait or not: it gets no event.
            let first = try? await reader.value
            #expect(first == nil)
        }
        #expect(await eventually { server.closedByPeer == 1 })
    }

    @Test("JSON that is cut off, or of the wrong kind", arguments: ["{\"Id\":\"a", "[]", "{\"Name\":3}", ""])
    func wrongJSON(body: String) async throws {
        try await with(.json(200, body)) { _, client in
            let error = await #expect(throws: EngineError.self) { try await client.inspectContainer("x") }
            guard case .malformed("GET /containers/x/json", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test(
        "a connection that closes within the answer",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Id\"",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"Id\"\r\n", "",
        ])
    func closed(answer: String) async throws {
        try await with(.bytes(answer)) { server, client in
            let error = await #expect(throws: EngineError.self) { try await client.inspectContainer("x") }
            guard case .unreachable(server.path, .failed(let what)) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(what.hasPrefix("GET /containers/x/json: "))
            // Nothing is sent twice.
            #expect(server.requests == ["GET /_ping", "GET /v1.41/containers/x/json"])
        }
    }

    @Test(
        "a refusal with a message, with text, and with nothing",
        arguments: [
            ("{\"message\":\"disk\\nfull\"}", "disk\nfull"), ("plain text", "plain text"), ("", "no reason given"),
        ])
    func refusal(body: String, message: String) async throws {
        try await with(.json(500, body)) { _, client in
            let expected = EngineError.response(status: 500, message: message, route: "POST /containers/x/start")
            let error = await #expect(throws: EngineError.self) { try await client.startContainer("x") }
            #expect(error == expected)
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("what is no HTTP")
    func noHTTP() async throws {
        try await with(.bytes("SSH-2.0-OpenSSH_9.2\r\n\r\n")) { _, client in
            let error = await #expect(throws: EngineError.self) { try await client.inspectContainer("x") }
            guard case .malformed("GET /containers/x/json", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("an answer without end is bounded")
    func flood() async throws {
        let space = String(repeating: " ", count: 1 << 16)
        try await with(.flood("HTTP/1.1 200 OK\r\n\r\n", space)) { server, client in
            await #expect(
                throws: EngineError.malformed(
                    route: "GET /containers/x/json", what: "the reply is larger than 16777216 bytes")
            ) { try await client.inspectContainer("x") }
            #expect(await eventually { server.closedByPeer == 1 })
        }
    }

    @Test("a line without end is bounded")
    func longLine() async throws {
        try await with(.flood("HTTP/1.1 200 OK\r\n\r\n", String(repeating: "x", count: 1 << 16))) { server, client in
            let events = try await client.events()
            await #expect(
                throws: EngineError.malformed(route: "GET /events", what: "a line is longer than 1048576 bytes")
            ) { try await events.first { _ in true } }
        }
    }

    @Test("a head without end is bounded")
    func longHead() async throws {
        let line = "X-Filler: \(String(repeating: "x", count: 1000))\r\n"
        try await with(.flood("HTTP/1.1 200 OK\r\n", line)) { server, client in
            await #expect(
                throws: EngineError.malformed(
                    route: "GET /containers/x/json", what: "the head is larger than 65536 bytes")
            ) { try await client.inspectContainer("x") }
        }
    }

    @Test("a pull: progress, then an error within a stream that had begun well")
    func pull() async throws {
        let stream = """
            {"status":"Pulling from a/b","id":"v1"}\r
            {"status":"Downloading","progressDetail":{"current":5,"total":9},"id":"layer"}\r
            {"errorDetail":{"message":"manifest unknown"}}\r

            """
        try await with(.json(200, stream)) { server, client in
            var seen: [PullProgress] = []
            await #expect(
                throws: EngineError.response(
                    status: 200, message: "host:5000: manifest unknown", route: "POST /images/create")
            ) { try await client.pullImage("host:5000/a/b:v1") { seen.append($0) } }
            #expect(
                seen == [
                    PullProgress(layer: "v1", status: "Pulling from a/b", current: nil, total: nil),
                    PullProgress(layer: "layer", status: "Downloading", current: 5, total: 9),
                ])
            #expect(server.requests.last == "POST /v1.41/images/create?fromImage=host:5000%2Fa%2Fb&tag=v1")
        }
    }

    @Test("a path longer than a socket address holds")
    func longPath() async throws {
        let folder = "/tmp/enginetest-\(UUID().uuidString.prefix(8))"
        let deep = "\(folder)/\(String(repeating: "d", count: 100))/\(String(repeating: "e", count: 100))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await with(.json(200, "{\"StatusCode\":3}"), in: deep) { _, client in
            #expect(client.socket.utf8.count > 200)
            let status = try await client.waitForContainer("x")
            #expect(status == 3)
            switch SocketAddress(client.socket).connect(timeout: 1) {
            case .success(let descriptor): close(descriptor)
            case .failure(let reason): Issue.record("\(reason)")
            }
        }
    }

    @Test("nobody behind the socket, no socket, no right to it")
    func unreachable() async throws {
        let server = try FaultServer { _ in .bytes("") }
        server.stop(keepingSocket: true)
        defer { server.stop() }
        #expect(
            await eventually {
                if case .failure(.refused) = SocketAddress(server.path).connect(timeout: 1) { true } else { false }
            })
        await #expect(throws: EngineError.unreachable(socket: server.path, reason: .refused)) {
            try await EngineClient(socket: server.path).ping()
        }
        let missing = "/tmp/enginetest-no-such/socket"
        await #expect(throws: EngineError.unreachable(socket: missing, reason: .missing)) {
            try await EngineClient(socket: missing).ping()
        }
        let deep = "/tmp/\(String(repeating: "d", count: 200))/socket"
        await #expect(throws: EngineError.unreachable(socket: deep, reason: .missing)) {
            try await EngineClient(socket: deep).ping()
        }
    }
}
