import Foundation
import TestSupport
import Testing

@testable import EngineAPI

@Suite("pulls from a registry")
struct PullTests {
    private func with(
        _ flavor: EngineFlavor, login: Bool = false, _ body: (Scratch, Registry) async throws -> Void
    ) async throws {
        try await Scratch.with(flavor) { scratch in
            let registry = try await Registry(wantsLogin: login)
            defer { registry.stop() }
            try await body(scratch, registry)
        }
    }

    @Test("by tag and by digest", arguments: engines)
    func pull(flavor: EngineFlavor) async throws {
        try await with(flavor) { scratch, registry in
            let client = scratch.client
            let tagged = "\(registry.address)/tests/image:v1"
            let exact = "\(registry.address)/tests/image@\(registry.digest)"
            scratch.later { try await client.removeImage(tagged, force: true) }
            var said = 0
            let id = try await client.pullImage(tagged, patience: .seconds(10)) { _ in said += 1 }
            #expect(said > 0)
            let details = try await client.inspectImage(tagged)
            #expect(details.id == id)
            #expect(details.layers.count == 1)
            #expect(details.digests.contains(exact))
            try await client.removeImage(tagged, force: true)
            scratch.later { try await client.removeImage(exact, force: true) }
            #expect(try await client.pullImage(exact, patience: .seconds(10)) == id)
            #expect(try await client.inspectImage(exact).id == id)
        }
    }

    @Test("with a login, without one, and with a wrong one", arguments: engines)
    func login(flavor: EngineFlavor) async throws {
        try await with(flavor, login: true) { scratch, registry in
            let client = scratch.client
            let reference = "\(registry.address)/tests/image:v1"
            scratch.later { try await client.removeImage(reference, force: true) }
            let wrong = RegistryCredentials(user: Registry.user, password: "wrong", server: registry.address)
            for credentials in [nil, wrong] {
                let error = await #expect(throws: EngineError.self) {
                    try await client.pullImage(reference, credentials: credentials, patience: .seconds(10))
                }
                guard case .response(_, let message, "POST /images/create") = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(message.contains(registry.address), "\(message)")
                #expect(!message.contains("wrong"))
            }
            let right = RegistryCredentials(
                user: Registry.user, password: Registry.password, server: registry.address)
            let id = try await client.pullImage(reference, credentials: right, patience: .seconds(10))
            #expect(try await client.inspectImage(reference).id == id)
        }
    }

    @Test("what the registry does not have", arguments: engines)
    func missing(flavor: EngineFlavor) async throws {
        try await with(flavor) { scratch, registry in
            let error = await #expect(throws: EngineError.self) {
                try await scratch.client.pullImage("\(registry.address)/tests/image:v2", patience: .seconds(10))
            }
            guard case .response(_, let message, "POST /images/create") = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(message.contains("manifest unknown"), "\(message)")
        }
    }

    @Test("a registry that takes the connection and says nothing is given up", arguments: engines)
    func silent(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let port = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    guard bind(listener, generic, length) == 0, listen(listener, 16) == 0,
                        getsockname(listener, generic, &length) == 0
                    else { return UInt16(0) }
                    return UInt16(bigEndian: pointer.pointee.sin_port)
                }
            }
            try #require(port != 0)
            let start = ContinuousClock.now
            let error = await #expect(throws: EngineError.self) {
                try await scratch.client.pullImage("127.0.0.1:\(port)/silent:v1", patience: .seconds(2))
            }
            #expect(error == .silentRegistry(registry: "127.0.0.1:\(port)", seconds: 2))
            #expect((.seconds(2)..<(.seconds(12))).contains(ContinuousClock.now - start))
            #expect("\(String(describing: error))".contains("127.0.0.1:\(port)"))
        }
    }

    @Test("the registry that a reference names")
    func names() {
        for (reference, expected) in [
            ("debian", "docker.io"), ("debian:bookworm", "docker.io"), ("library/debian", "docker.io"),
            ("localhost/x:v1", "localhost"), ("localhost:5000/x", "localhost:5000"),
            ("example.test/a/b@sha256:c", "example.test"),
            ("example.test/x:v1", "example.test"), ("host:5/x", "host:5"),
        ] {
            #expect(registry(of: reference) == expected, "\(reference)")
        }
    }
}
