import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct NetworkEscapeTests {
        /// What an ordinary container may do, and a sandbox must not.
        private static let possible = [
            "family:vsock", "family:packet", "family:packet-datagrams", "family:raw-icmp", "family:raw-any",
            "family:raw-ipv6", "become:root", "mark", "transparent",
        ]

        @Test("there is no way round the network", arguments: TestEngine.all)
        func escapes(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (name, inside, outside) = try place.probe("escape")
                for attempt in inside.names("allowed-family") { #expect(inside[attempt] == "done", "\(attempt)") }
                let refused =
                    inside.names("family") + inside.names("socketcall") + inside.names("become") + inside.names("tool")
                    + inside.names("take-port") + [
                        "socketpair_vsock", "io_uring", "bpf", "mark", "transparent", "user_namespace_here",
                    ]
                #expect(refused.count == 37)
                for attempt in refused {
                    #expect(inside[attempt].hasPrefix("closed"), "\(attempt): \(inside[attempt])")
                }
                for attempt in inside.names("listener") + ["bind_to_device", "user_namespace"] {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                }
                #expect(inside["sockets_in_reach"] == "none")
                #expect(inside["other_listeners"] == "none")
                // This kernel has them, and its engines let ordinary containers use them.
                // Podman's own filter knows io_uring; Docker's does not.
                let possible = Self.possible + (engine == .docker ? ["io_uring"] : [])
                for attempt in possible { #expect(outside[attempt] == "done", "\(attempt): \(outside[attempt])") }
                #if arch(x86_64)
                    #expect(outside["socketcall:vsock"] == "done")
                #endif
                let departures = try place.departures()
                #expect(departures.isEmpty, "\(departures)")
                #expect(try place.refusals(name).contains { $0.hasPrefix("connection-refused 127.0.0.1 80") })
            }
        }

        @Test("root with power over the network finds nothing to have power over", arguments: TestEngine.all)
        func root(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let name = place.world.name("root")
                let running = try place.options(name) + ["-d", "--", "sleep", "600"]
                let outcome = try place.world.task(running)
                try #require(outcome.code == 0, "\(outcome.errors)")
                let container = try #require(try place.world.record(name).currentState.container)
                let visitor = try Visitor(place)
                let inside = try asRoot(place, in: container.id)
                let outside = try asRoot(place, in: visitor.name)
                for found in [inside, outside] {
                    #expect(found["identity"] == "0")
                    for change in ["flushed", "routes-away", "bridge", "default"] {
                        #expect(found[change] == "0", "\(change): \(found[change])")
                    }
                    #expect((Int(found["raw"]) ?? 0) >= 2)
                }
                for attempt in inside.names("raw") + inside.names("routed") {
                    #expect(!inside.reached(attempt), "\(attempt): \(inside[attempt])")
                }
                for attempt in outside.names("raw") {
                    #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                }
                let departures = try place.departures()
                #expect(departures.isEmpty, "\(departures)")
                let control = try place.seen()
                #expect(
                    control.contains {
                        $0.kind == "packet" && $0.client == "192.0.2.77" && $0.address == Internet.evil && $0.port == 53
                    })
            }
        }

        /// Runs the probe for root in a container's network, with the capabilities that no agent has.
        private func asRoot(_ place: InternetWorld, in container: String) throws -> Findings {
            let world = place.world
            let output = try world.unguarded(
                InternetWorld.image(world.engine), ["python3", "-B", "\(world.project)/net/root.py"],
                options: [
                    "--network", "container:\(container)", "--cap-add", "NET_ADMIN", "--cap-add", "NET_RAW", "-e",
                    "PROBE_MARK=\(place.mark)", "-e", "PROBE_PATIENCE=2", "-v",
                    "\(world.project):\(world.project):ro", "-v",
                    "\(world.root)/resolv.conf:/etc/resolv.conf:ro",
                ])
            let found = Findings(output)
            try #require(found["finished"] == "yes", "\(output)")
            return found
        }

        @Test("a sandbox has nothing of another one's", arguments: TestEngine.all)
        func others(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (first, second) = (place.world.name("first"), place.world.name("second"))
                let show = "getent ahostsv4 allowed.test | awk 'NR == 1 { print \"@address=\" $1 }'"
                let owner = try place.world.task(
                    place.options(first) + ["-d", "--", "sh", "-c", "\(show); sleep 600"])
                try #require(owner.code == 0, "\(owner.errors)")
                try place.world.wait(first, prints: "@address=198")
                let address = Findings(try place.world.task("logs", first).output)["address"]
                let script = """
                    cd net; python3 -B -c 'from attempt import *
                    print("@own=" + curl("https://a.wild.test/"))
                    print("@name=" + curl("https://allowed.test/"))
                    print("@address=" + curl("-k", "--resolve", "allowed.test:443:\(address)", "https://allowed.test/"))
                    print("@number=" + curl("-k", "https://\(address)/"))'
                    """
                let wild = [#"{"domain": "*.wild.test", "action": "allow", "ports": [443]}"#]
                let outcome = try place.world.task(
                    place.options(second, rules: wild) + ["--wait", "--", "sh", "-c", script])
                let inside = Findings(outcome.output)
                #expect(inside["own"].hasPrefix("reached wild"), "\(outcome.output)\(outcome.errors)")
                for attempt in ["name", "address", "number"] {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                }
                // In the first one, the address is good.
                let control = try place.inside(
                    first,
                    [
                        "curl", "-s", "--cacert", "net/authority.pem", "--resolve", "allowed.test:443:\(address)",
                        "https://allowed.test/",
                    ])
                #expect(control.hasPrefix("allowed"), "\(control)")
                #expect(try place.departures().connections == ["198.51.100.10:443", "198.51.100.11:443"])
            }
        }
    }
}
