import Foundation
import Testing

@testable import EngineAPI

@Suite("networks of builds")
struct BuildNetworkTests {
    /// The addresses and routes that a step sees, and the name servers.
    private func seen(
        _ scratch: Scratch, _ base: String, _ name: String, _ mode: String?
    ) async throws -> (addresses: String, servers: String) {
        let tag = "localhost/\(scratch.prefix)-\(name):v1"
        scratch.later { [client = scratch.client] in try await client.removeImage(tag, force: true) }
        var spec = BuildSpec(tags: [tag])
        spec.labels = scratch.labels
        spec.networkMode = mode
        spec.ignoresCache = true
        var tar = Tar()
        tar.add(
            file: "Dockerfile",
            """
            FROM \(base)
            RUN echo A; cat /proc/net/fib_trie; echo R; cat /proc/net/route; echo S; cat /etc/resolv.conf || :; echo end

            """)
        var lines: [String] = []
        _ = try await scratch.client.buildImage(spec, context: .bytes(tar.finished)) { event in
            if case .log(_?, let text) = event { lines += text.split(separator: "\n").map(String.init) }
        }
        let text = lines.joined(separator: "\n")
        let halves = text.components(separatedBy: "\nS\n")
        try #require(halves.count == 2)
        return (halves[0], halves[1])
    }

    private func addresses(_ trie: String) -> Set<String> {
        Set(trie.split(separator: "\n").filter { $0.contains("|-- ") }.compactMap { $0.split(separator: " ").last })
            .reduce(into: Set<String>()) { $0.insert(String($1)) }
    }

    private func holder(_ scratch: Scratch, _ base: String, _ mode: String) async throws -> (id: String, trie: String) {
        let name = try await scratch.container(
            "cat /proc/net/fib_trie; echo end; exec sleep 600", name: "holder-\(mode)", image: base
        ) { $0.host.networkMode = mode }
        try await scratch.client.startContainer(name)
        var trie = ""
        for _ in 0..<1200 where !trie.contains("end") {
            try await Task.sleep(for: .milliseconds(50))
            trie = try await text(scratch.client.containerLogs(name)).output
        }
        return (try await scratch.client.inspectContainer(name).id, trie)
    }

    @Test("none: no address but the loopback's, and no route", arguments: engines)
    func none(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let base = try await scratch.image()
            let seen = try await seen(scratch, base, "none", "none")
            #expect(addresses(seen.addresses).isSubset(of: ["127.0.0.0", "127.0.0.1", "127.255.255.255"]))
            #expect(seen.addresses.split(separator: "\n").last?.hasPrefix("Iface") == true)
        }
    }

    @Test("nothing said: a network of the step's own, not the host's", arguments: engines)
    func own(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let base = try await scratch.image()
            let host = try String(contentsOfFile: "/proc/net/fib_trie", encoding: .utf8)
            let seen = try await seen(scratch, base, "own", nil)
            #expect(addresses(seen.addresses) != addresses(host))
            // It has a route: a step may fetch something.
            #expect(seen.addresses.split(separator: "\n").contains { $0.contains("\t00000000\t") })
        }
    }

    @Test("a container's: its addresses, and none of the host's", arguments: engines, ["none", "bridge"])
    func joined(flavor: EngineFlavor, mode: String) async throws {
        try await Scratch.with(flavor) { scratch in
            let base = try await scratch.image()
            let holder = try await holder(scratch, base, mode)
            var spec = BuildSpec(tags: [])
            spec.networkMode = "container:\(holder.id)"
            #expect(try await scratch.client.builder(for: spec) == (flavor == .docker ? .dockerClassic : .podman))
            let seen = try await seen(scratch, base, "joined", "container:\(holder.id)")
            #expect(!addresses(holder.trie).isEmpty)
            #expect(addresses(seen.addresses) == addresses(holder.trie))
            #expect(seen.servers.contains("nameserver"))
        }
    }

    @Test("a container that does not run is joined by no build", arguments: engines)
    func gone(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let base = try await scratch.image()
            let name = try await scratch.container("exit 0", image: base)
            var spec = BuildSpec(tags: ["localhost/\(scratch.prefix)-gone:v1"])
            spec.networkMode = "container:\(name)"
            var tar = Tar()
            tar.add(file: "Dockerfile", "FROM \(base)\nRUN true # \(scratch.prefix)\n")
            let context = tar.finished
            await #expect(throws: EngineError.self) {
                try await scratch.client.buildImage(spec, context: .bytes(context))
            }
        }
    }

    @Test("Podman builds in no network that it would not tell apart")
    func unknown() async throws {
        guard engines.contains(.podman) else { return }
        try await Scratch.with(.podman) { scratch in
            var spec = BuildSpec(tags: [])
            spec.networkMode = "nosuch"
            await #expect(throws: EngineError.self) {
                try await scratch.client.buildImage(spec, context: .bytes(Tar().finished))
            }
        }
    }
}
