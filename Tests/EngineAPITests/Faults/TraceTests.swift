import Synchronization
import Testing

@testable import EngineAPI

@Suite("what is told of requests", .serialized)
struct TraceTests {
    @Test("method, path, status and time of each; no query, no body; nothing to nobody")
    func calls() async throws {
        let server = try FaultServer { request in
            if request.hasSuffix("/_ping") { return .ping("1.41") }
            return .bytes("HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\n{\"message\":\"secret\"}")
        }
        defer { server.stop() }
        let told = Mutex<[EngineTrace.Call]>([])
        EngineTrace.watch { call in if call.socket == server.path { told.withLock { $0.append(call) } } }
        let client = EngineClient(socket: server.path)
        _ = try? await client.inspectContainer("x")
        EngineTrace.watch(nil)
        _ = try? await client.inspectContainer("y")
        let calls = told.withLock { $0 }
        #expect(calls.map(\.route) == ["GET /_ping", "GET /containers/x/json"])
        #expect(calls.map(\.status) == [200, 404])
        #expect(calls.allSatisfy { (0..<10_000).contains($0.milliseconds) })
    }
}
