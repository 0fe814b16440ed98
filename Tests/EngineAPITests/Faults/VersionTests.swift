import Foundation
import Testing

@testable import EngineAPI

@Suite("the version that is spoken")
struct VersionTests {
    @Test("is the older one of both", arguments: [("1.40", "1.40"), ("1.41", "1.41"), ("1.47", "1.47")])
    func agreed(server: String, spoken: String) async throws {
        let engine = try FaultServer { $0.hasSuffix("/_ping") ? .ping(server) : .json(200, "{}") }
        defer { engine.stop() }
        let client = EngineClient(socket: engine.path)
        _ = try await client.info()
        _ = try await client.info()
        #expect(engine.requests == ["GET /_ping", "GET /v\(spoken)/info", "GET /v\(spoken)/info"])
    }

    @Test("is our newest on an engine that is newer and remembers it")
    func newerEngine() async throws {
        let engine = try FaultServer {
            switch $0 {
            case "GET /_ping": .ping("1.52")
            case "GET /version": .json(200, "{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.44\"}")
            default: .json(200, "{}")
            }
        }
        defer { engine.stop() }
        _ = try await EngineClient(socket: engine.path).info()
        #expect(engine.requests == ["GET /_ping", "GET /version", "GET /v1.47/info"])
    }

    @Test("does not exist on an engine that has forgotten all of ours")
    func tooNew() async throws {
        let engine = try FaultServer {
            $0 == "GET /_ping" ? .ping("1.60") : .json(200, "{\"MinAPIVersion\":\"1.48\"}")
        }
        defer { engine.stop() }
        let error = await #expect(throws: EngineError.self) { try await EngineClient(socket: engine.path).info() }
        #expect(
            error
                == .incompatible(socket: engine.path, reason: "it needs API 1.48 and this program speaks 1.47"))
        #expect(engine.requests == ["GET /_ping", "GET /version"])
    }

    @Test("does not exist on an engine from before")
    func tooOld() async throws {
        let engine = try FaultServer { _ in .ping("1.39") }
        defer { engine.stop() }
        await #expect(
            throws: EngineError.incompatible(
                socket: engine.path, reason: "it speaks API 1.39 and 1.40 is needed")
        ) { try await EngineClient(socket: engine.path).info() }
        #expect(engine.requests == ["GET /_ping"])
    }

    @Test("and the software are told by the answer to a ping")
    func flavor() async throws {
        let headers = "Libpod-Api-Version: 4.3.1\r\nBuilder-Version: \r\nServer: Libpod/4.3.1 (linux)\r\n"
        let podman = try FaultServer { _ in .ping("1.41", headers: headers) }
        let docker = try FaultServer { _ in .ping("1.43", headers: "Builder-Version: 2\r\nServer: Docker\r\n") }
        let other = try FaultServer { _ in .json(200, "OK") }
        defer { [podman, docker, other].forEach { $0.stop() } }
        let first = try await EngineClient(socket: podman.path).ping()
        #expect(first.flavor == .podman)
        #expect(first.builderVersion == nil)
        #expect(first.software == "4.3.1")
        let second = try await EngineClient(socket: docker.path).ping()
        #expect(second.flavor == .docker)
        #expect(second.builderVersion == "2")
        #expect(second.software == nil)
        #expect(second.version == APIVersion(major: 1, minor: 43))
        let error = await #expect(throws: EngineError.self) { try await EngineClient(socket: other.path).ping() }
        #expect(error == .malformed(route: "GET /_ping", what: "no Api-Version: this is not an engine"))
    }

    @Test("of the engine itself is told by its greeting", arguments: engines)
    func software(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let greeting = try await scratch.client.greeting()
            #expect(greeting.flavor == flavor)
            #expect(try await greeting.software == scratch.client.info().serverVersion)
        }
    }

    @Test("is two small numbers and a dot", arguments: ["", "1", "1.", ".1", "1.2.3", "1.x", "-1.2", "1.99999", "1.٤"])
    func nonsense(text: String) { #expect(APIVersion(text) == nil) }

    @Test("is ordered by its numbers and not by its text")
    func order() throws {
        #expect(try #require(APIVersion("1.9")) < #require(APIVersion("1.40")))
        #expect(try #require(APIVersion("1.52")) < #require(APIVersion("2.0")))
    }
}
