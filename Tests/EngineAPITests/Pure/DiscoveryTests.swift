import Foundation
import Testing

@testable import EngineAPI

@Suite("where to look for an engine")
struct DiscoveryTests {
    private static let config = "{\"auths\":{},\"currentContext\":\"desk\"}"
    private static func meta(_ name: String, _ host: String) -> String {
        "{\"Name\":\"\(name)\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":\"\(host)\",\"SkipTLSVerify\":false}}}"
    }

    private static let files = [
        "/h/.docker/config.json": config,
        "/h/.docker/contexts/meta/aa/meta.json": meta("far", "ssh://user@host"),
        "/h/.docker/contexts/meta/bb/meta.json": meta("desk", "unix:///desk.sock"),
        "/other/config.json": "{}",
    ]

    private func look(
        _ wanted: EngineFlavor? = nil, _ environment: [String: String] = [:], files: [String: String] = [:]
    ) throws -> [EngineCandidate] {
        let view = EngineSurroundings(
            environment: environment, home: "/h", user: 7, readFile: { files[$0].map { Array($0.utf8) } },
            listDirectory: { folder in
                files.keys.filter { $0.hasPrefix("\(folder)/") }
                    .compactMap { $0.dropFirst(folder.count + 1).split(separator: "/").first.map(String.init) }
            })
        return try EngineDiscovery.candidates(wanted, in: view)
    }

    private func sockets(_ candidates: [EngineCandidate]) -> [String] {
        candidates.map { candidate in
            switch candidate.place {
            case .socket(let path): path
            case .unsupported(let host): "unsupported \(host)"
            }
        }
    }

    private static let usual = [
        "/var/run/docker.sock", "/run/user/7/docker.sock", "/run/user/7/podman/podman.sock",
        "/h/.docker/run/docker.sock", "/h/.docker/desktop/docker.sock", "/h/.orbstack/run/docker.sock",
        "/h/.colima/default/docker.sock", "/h/.rd/docker.sock", "/run/podman/podman.sock",
    ]

    @Test("with nothing said: the usual places, in order", arguments: [nil, EngineFlavor.docker, .podman])
    func usual(wanted: EngineFlavor?) throws {
        let found = try look(wanted)
        #expect(sockets(found) == Self.usual)
        #expect(found.allSatisfy { $0.origin == .wellKnown })
        #expect(
            sockets(try look(wanted, ["XDG_RUNTIME_DIR": "/x"]))[1...2] == ["/x/docker.sock", "/x/podman/podman.sock"])
    }

    @Test("DOCKER_HOST is final, but not for one who wants Podman")
    func dockerHost() throws {
        let environment = [
            "DOCKER_HOST": "unix:///mine.sock", "DOCKER_CONTEXT": "desk", "CONTAINER_HOST": "unix:///c.sock",
        ]
        for wanted in [nil, EngineFlavor.docker] {
            let found = try look(wanted, environment, files: Self.files)
            #expect(found == [EngineCandidate(place: .socket("/mine.sock"), origin: .variable("DOCKER_HOST"))])
        }
        let found = try look(.podman, ["DOCKER_HOST": "unix:///mine.sock"], files: Self.files)
        #expect(sockets(found) == ["/mine.sock"] + Self.usual)
    }

    @Test("CONTAINER_HOST is final for Podman, and one place of many otherwise")
    func containerHost() throws {
        let environment = ["CONTAINER_HOST": "unix:///c.sock"]
        #expect(
            try look(.podman, environment.merging(["DOCKER_HOST": "tcp://x"]) { a, _ in a })
                == [EngineCandidate(place: .socket("/c.sock"), origin: .variable("CONTAINER_HOST"))])
        #expect(try sockets(look(nil, environment)) == ["/c.sock"] + Self.usual)
    }

    @Test("a context: by its name in the environment, or the current one")
    func contexts() throws {
        let explicit = try look(nil, ["DOCKER_CONTEXT": "desk"], files: Self.files)
        #expect(explicit == [EngineCandidate(place: .socket("/desk.sock"), origin: .context("desk"))])
        #expect(try sockets(look(nil, files: Self.files)) == ["/desk.sock"] + Self.usual)
        #expect(try sockets(look(nil, ["DOCKER_CONTEXT": "default"], files: Self.files)) == Self.usual)
        #expect(try sockets(look(nil, ["DOCKER_CONFIG": "/other"], files: Self.files)) == Self.usual)
        #expect(try sockets(look(nil, ["DOCKER_CONTEXT": ""], files: Self.files)) == ["/desk.sock"] + Self.usual)
    }

    @Test(
        "what is no Unix socket is refused by name",
        arguments: ["tcp://1.2.3.4:2375", "ssh://user@host", "npipe:////./pipe/x", "x"])
    func unsupported(host: String) throws {
        let error = #expect(throws: DiscoveryError.self) { try look(nil, ["DOCKER_HOST": host]) }
        #expect(error == .unsupported(origin: .variable("DOCKER_HOST"), host: host))
        #expect(error?.description.contains(host) == true)
        #expect(throws: DiscoveryError.unsupported(origin: .context("far"), host: "ssh://user@host")) {
            try look(.docker, ["DOCKER_CONTEXT": "far"], files: Self.files)
        }
        // Named for Docker; one who wants Podman is told, should nothing else answer.
        #expect(try sockets(look(.podman, ["DOCKER_HOST": host])) == ["unsupported \(host)"] + Self.usual)
    }

    @Test("a context that is not there, or a file that Docker did not write, is an error")
    func broken() throws {
        #expect(throws: DiscoveryError.self) { try look(nil, ["DOCKER_CONTEXT": "gone"], files: Self.files) }
        #expect(throws: DiscoveryError.self) { try look(nil, files: ["/h/.docker/config.json": "{"]) }
    }

    @Test("contexts are read from real files, chosen by the environment or by Docker's own configuration")
    func files() async throws {
        let folder = "/tmp/enginetest-contexts-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let place = "\(folder)/contexts/meta/aa"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try Data(Self.meta("desk", "unix://\(folder)/desk.sock").utf8).write(to: URL(filePath: "\(place)/meta.json"))
        let expected = EngineAttempt(
            place: "\(folder)/desk.sock", origin: .context("desk"), outcome: .unreachable(.missing))
        for isExplicit in [true, false] {
            var environment = ["DOCKER_CONFIG": folder, "HOME": folder, "XDG_RUNTIME_DIR": folder]
            if isExplicit { environment["DOCKER_CONTEXT"] = "desk" }
            if !isExplicit { try Data(Self.config.utf8).write(to: URL(filePath: "\(folder)/config.json")) }
            let candidates = try EngineDiscovery.candidates(nil, in: EngineDiscovery.view(environment))
            #expect(
                candidates.first == EngineCandidate(place: .socket(expected.place), origin: .context("desk")))
            #expect((candidates.count == 1) == isExplicit)
            guard isExplicit else { continue }
            let error = await #expect(throws: DiscoveryError.self) {
                try await EngineDiscovery.discover(nil, environment: environment)
            }
            #expect(error == .nothingAnswers(nil, [expected]))
        }
    }

    @Test("the engine that is asked for is found, by what it answers", arguments: engines)
    func real(flavor: EngineFlavor) async throws {
        let endpoint = try await EngineDiscovery.discover(flavor)
        #expect(endpoint.flavor == flavor)
        #expect(endpoint.version >= .oldest)
        let client = EngineClient(endpoint)
        #expect(try await client.ping().flavor == flavor)
        #expect(try await client.version().api == "\(endpoint.version)")
        let info = try await client.info()
        #expect(info.processors ?? 0 > 0)
        #expect(info.serverVersion?.isEmpty == false)
    }

    @Test("when nothing answers, every place is told and what was found there")
    func nothing() async throws {
        let podman = try FaultServer { _ in .ping("1.41", headers: "Libpod-Api-Version: 4\r\n") }
        let other = try FaultServer { _ in .json(200, "hello") }
        defer { [podman, other].forEach { $0.stop() } }
        for (path, outcome) in [
            (podman.path, EngineAttempt.Outcome.otherFlavor(.podman)),
            ("/tmp/enginetest-none", .unreachable(.missing)),
            (other.path, .notAnEngine("GET /_ping was answered wrongly: no Api-Version: this is not an engine")),
        ] {
            let error = await #expect(throws: DiscoveryError.self) {
                try await EngineDiscovery.discover(.docker, environment: ["DOCKER_HOST": "unix://\(path)"])
            }
            let attempt = EngineAttempt(place: path, origin: .variable("DOCKER_HOST"), outcome: outcome)
            #expect(error == .nothingAnswers(.docker, [attempt]))
            #expect(error?.description.contains(path) == true)
        }
    }
}
