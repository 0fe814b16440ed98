import Foundation
import System
import Testing

extension IntegrationTests {
    @Suite struct NetworkAddressTests {
        @Test("no address is reached by number, by another protocol, or by a name that lies", arguments: TestEngine.all)
        func addresses(engine: TestEngine) throws {
            let listener = try HostListener()
            defer { listener.stop() }
            try inInternet(engine) { place in
                let neighbour = try Neighbour(place.world)
                let hosts = HostListener.addresses.map { "\($0):\(listener.port)" } + ["\(neighbour.address):7777"]
                let (name, inside, outside) = try place.probe(
                    "addresses", variables: ["PROBE_HOSTS": hosts.joined(separator: ",")])

                for group in ["direct", "banner"] {
                    #expect(!inside.names(group).isEmpty)
                    for attempt in inside.names(group) {
                        #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                        #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                    }
                }
                let hopeless = inside.names("host") + inside.names("host-name") + ["link_local"]
                for attempt in hopeless { #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])") }
                #expect(listener.accepted == 0)
                let ordinary = try place.world.unguarded(
                    InternetWorld.image(engine),
                    ["python3", "-B", "\(place.world.project)/net/addresses.py"] + hosts.map { "host:\($0)" },
                    options: [
                        "-v", "\(place.world.project):\(place.world.project):ro", "-e",
                        "PROBE_HOSTS=\(hosts.joined(separator: ","))",
                    ])
                #expect(Findings(ordinary).reached("host:\(neighbour.address):7777"), "\(ordinary)")
                #expect(listener.accepted > 0)

                datagrams(inside, outside)
                let departures = try place.departures()
                #expect(departures.others == [])
                #expect(
                    departures.connections.subtracting(["198.51.100.10:80", "198.51.100.10:7777"]) == [],
                    "\(departures.connections)")
                let control = try place.seen().fromVisitors
                #expect(control.contains { $0.protocol == "icmp" && $0.address == Internet.evil })
                for port in [443, 5353, 7777] {
                    #expect(control.of("datagram").to(Internet.evil).contains { $0.port == port })
                }
                #expect(control.contains { $0.kind == "packet" && $0.address == "224.0.0.251" })
                let refusals = try place.refusals(name)
                for host in ["\(Internet.evil) 80", "169.254.169.254 80", "loopback.rebind.test 7777"] {
                    #expect(refusals.contains { $0.hasPrefix("connection-refused \(host)") }, "\(host): \(refusals)")
                }
            }
        }

        /// Datagrams, pings, and transports that are not plain TCP.
        private func datagrams(_ inside: Findings, _ outside: Findings) {
            for attempt in inside.names("datagram") + inside.names("protocol") + ["fast_open"] {
                #expect(!inside.reached(attempt), "\(attempt): \(inside[attempt])")
            }
            for attempt in ["quic", "mdns", "other", "ipv6"].map({ "datagram:\($0)" }) + ["protocol:mptcp", "ping"] {
                #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
            }
            // A client that tries QUIC first is told at once that it must not wait.
            #expect(inside["datagram:quic"] == "closed ECONNREFUSED")
        }

        @Test("a name's owner cannot lead to what is not public", arguments: TestEngine.all)
        func rebinding(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (name, inside, _) = try place.probe("addresses", ["rebind*"], control: false)
                let attempts = inside.names("rebind") + inside.names("rebind-http")
                #expect(attempts.count == 40)
                let allowed: Set<String> = ["rebind:public", "rebind:mixed"]
                for attempt in attempts {
                    if allowed.contains(attempt) {
                        #expect(inside[attempt].hasPrefix("reached banner allowed"), "\(attempt): \(inside[attempt])")
                    } else {
                        #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                    }
                }
                // Whether anything of the user's machine was reached: it would never leave it.
                #expect(try place.seen().filter { $0.address != Internet.allowed }.of("accept").isEmpty)
                let departures = try place.departures()
                #expect(departures.connections == ["198.51.100.10:7777"])
                #expect(departures.others == [])
                let refusals = try place.refusals(name)
                for attempt in inside.names("rebind") where !allowed.contains(attempt) {
                    let host = attempt.dropFirst("rebind:".count)
                    #expect(
                        refusals.contains {
                            $0.hasPrefix("connection-refused \(host).rebind.test 7777") && $0.contains("non-public")
                        }, "\(host): \(refusals)")
                }

                // A dialler that does not look gets there.
                let control = Findings(
                    try place.atHome(["/usr/bin/python3", "-B", "net/addresses.py"] + inside.names("rebind-http")))
                for attempt in inside.names("rebind-http") {
                    #expect(control[attempt].hasPrefix("reached home"), "\(attempt): \(control[attempt])")
                }
            }
        }

        @Test("a name that changes its mind leads nowhere new", arguments: TestEngine.all)
        func changing(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let host = "\(place.mark).changing.rebind.test"
                let program = """
                    import sys, time; sys.path.insert(0, 'net')
                    from attempt import tcp, ending
                    for n in range(3):
                        try: print(f'@try-{n}={tcp("\(host)", 7777)}')
                        except OSError as error: print(f'@try-{n}={ending(error)}')
                        time.sleep(1.2)
                    """
                let outcome = try place.world.task(
                    place.options(place.world.name("changing")) + ["--wait", "--", "python3", "-B", "-c", program])
                let inside = Findings(outcome.output)
                #expect(inside["try-0"] == "reached banner allowed?", "\(outcome.output)\(outcome.errors)")
                #expect(inside["try-2"] != "nothing")
                for number in 1...2 {
                    let result = inside["try-\(number)"]
                    #expect(result.hasPrefix("closed") || result == "reached banner allowed?", "\(result)")
                }
                #expect(try place.departures().names == [host])
                // The answer is another one by now, and leads a dialler that does not look to the user's own service.
                let control = try place.atHome(["curl", "-s", "-m", "3", "http://\(host)/"])
                #expect(control.hasPrefix("home"), "\(control)")
            }
        }

        @Test("a host is the same however it is written", arguments: TestEngine.all)
        func spellings(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (_, inside, outside) = try place.probe("addresses", ["written*"])
                #expect(inside.names("written").count >= 30)
                for attempt in inside.names("written") {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                }
                for attempt in inside.names("written-well") {
                    #expect(inside[attempt].hasPrefix("reached allowed"), "\(attempt): \(inside[attempt])")
                }
                for spelling in [
                    "octal", "hexadecimal", "decimal", "user", "fragment", "encoded-dot", "full-width", "longer",
                    "suffix", "below",
                ] {
                    #expect(
                        outside["written:\(spelling)"].hasPrefix("reached evil"),
                        "\(spelling): \(outside["written:\(spelling)"])")
                }
                let departures = try place.departures()
                #expect(departures.connections == ["198.51.100.10:80"])
                #expect(departures.names == ["allowed.test"])
            }
        }
    }
}

/// An ordinary container on the engine's own network that serves a banner.
final class Neighbour {
    let address: String
    private let name: String
    private let engine: TestEngine

    init(_ world: World) throws {
        engine = world.engine
        name = "\(world.prefix)-neighbour"
        let program = """
            import socket
            listener = socket.create_server(("0.0.0.0", 7777))
            while True:
                client, _ = listener.accept()
                client.sendall(b"banner neighbour\\n")
                client.close()
            """
        let started = try engine.run(
            "run", "-d", "--rm", "--name", name, InternetWorld.image(engine), "python3", "-c", program)
        try #require(started.succeeded, "\(started.errorText)")
        let inspected = try engine.run(
            "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name)
        address = inspected.outputText.trimmingCharacters(in: .whitespacesAndNewlines)
        try #require(!address.isEmpty)
    }

    deinit { engine.discard(name) }
}
