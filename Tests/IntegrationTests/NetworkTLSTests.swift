import Foundation
import System
import Testing

extension IntegrationTests {
    @Suite struct NetworkTLSTests {
        /// What a gateway may say yes to; the rest must be refused however it comes.
        private static let honest: Set<String> = [
            "hello:honest", "hello:records-of-64", "hello:records-of-1", "bytewise:honest", "late:honest",
            "bytewise_to_the_end",
        ]
        /// What the servers themselves refuse, or answer with nothing.
        private static let refusedByServers: Set<String> = [
            "hello:two-extensions", "hello:two-extensions-other-first", "hello:two-names", "hello:name-with-nul",
            "hello:text", "hello:ssh", "hello:old-form", "hello:other-record-inside",
        ]

        @Test("a connection to an allowed name carries that name's TLS, and no other", arguments: TestEngine.all)
        func hellos(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (name, inside, outside) = try place.probe("tls")
                let attempts =
                    inside.names("hello") + inside.names("bytewise") + inside.names("late") + [
                        "bytewise_to_the_end", "false_address", "fronted", "fronted_by_address",
                    ]
                #expect(attempts.count == 27)
                for attempt in attempts {
                    if Self.honest.contains(attempt) {
                        #expect(inside.reached(attempt), "\(attempt): \(inside[attempt])")
                    } else {
                        #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                    }
                    if !Self.refusedByServers.contains(attempt) {
                        #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                    }
                }
                // access_denied (RFC 8446, 6.2), which curl reports as 35.
                #expect(inside["hello:other-name"] == "refused alert 49")
                #expect(inside["fronted"].hasPrefix("closed 35"), "\(inside["fronted"])")
                #expect(inside["nothing_said"] == "silent" || inside.isClosed("nothing_said"))

                let departures = try place.departures()
                #expect(departures.connections == ["198.51.100.10:443"])
                #expect(departures.others == [])
                let seen = try place.seen()
                // One for each that is honest, and none for another: nothing is dialled before the name is known.
                #expect(seen.fromHome.of("accept").count == Self.honest.count)
                #expect(Set(seen.fromHome.of("tls").map(\.host)) == ["allowed.test"])
                #expect(seen.fromVisitors.of("tls").contains { $0.host == "evil.test" })
                #expect(seen.fromVisitors.of("accept").to(Internet.evil).contains { $0.port == 443 })
                let refusals = try place.refusals(name)
                #expect(refusals.contains { $0.hasPrefix("connection-refused allowed.test 443") }, "\(refusals)")
                #expect(refusals.contains { $0.hasPrefix("connection-refused \(Internet.evil) 443") }, "\(refusals)")
            }
        }

        @Test("who waits with a hello until the gateway is tired is still refused")
        func veryLate() throws {
            let internet = try Internet.shared
            let start = try internet.mark()
            var running: [(World, RunningCommand)] = []
            try inWorlds(TestEngine.all) { world in
                let place = try InternetWorld(world)
                let words = try place.options(world.name("late")) + ["--wait", "--", "python3", "-B", "net/tls.py"]
                running.append((world, try world.begin(words + ["very_late"])))
            } then: {
                for (world, command) in running {
                    let inside = Findings(try command.wait().output)
                    #expect(inside["finished"] == "yes")
                    #expect(!inside.reached("very_late") && inside["very_late"] != "nothing", "\(inside["very_late"])")
                    let visitor = try Visitor(InternetWorld(world, again: true))
                    let control = Findings(try visitor.run(["python3", "-B", "net/tls.py", "late:other-name"]))
                    #expect(control.reached("late:other-name"))
                }
                let seen = try internet.seen(since: start)
                #expect(seen.fromHome.of("accept").isEmpty)
            }
        }
    }
}
