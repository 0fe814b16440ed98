import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct NetworkDNSTests {
        @Test("no word gets out by the name service", arguments: TestEngine.all)
        func names(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (name, inside, outside) = try place.probe("lookups")
                let tunnels =
                    inside.names("tunnel") + ["tunnel_by_library", "tunnel_by_ping", "tunnel_by_allowed_suffix"]
                #expect(tunnels.count == 17)
                // Nobody is there in an ordinary container.
                let absent: Set<String> = ["tunnel:embedded", "tunnel:bridge", "tunnel:bridge-tcp"]
                for attempt in tunnels {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                    if !absent.contains(attempt) {
                        #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                    }
                }
                for attempt in ["tunnel:configured", "tunnel:configured-tcp", "tunnel:public", "tunnel:upstream-tcp"] {
                    #expect(inside[attempt] == "closed NXDOMAIN", "\(attempt)")
                }
                #expect(inside["other_resolver_ports"].hasPrefix("closed"), "\(inside["other_resolver_ports"])")

                #expect(inside["kind:a"].hasPrefix("reached NOERROR A 198.1"), "\(inside["kind:a"])")
                for kind in ["aaaa", "txt", "https", "mx", "svcb"] {
                    #expect(inside["kind:\(kind)"] == "closed NOERROR", "\(kind): \(inside["kind:\(kind)"])")
                }
                for kind in ["aaaa", "txt", "https", "mx"] { #expect(outside.reached("kind:\(kind)"), "\(kind)") }
                #expect(!inside.reached("kind:any") && !inside.reached("kind:other-class"))

                // A look-up, even of an allowed name, asks nobody: only a connection does.
                #expect(inside["look_up_only"].hasPrefix("reached NOERROR A 198.1"))
                let departures = try place.departures()
                #expect(departures.isEmpty, "\(departures)")
                let control = try place.seen().fromVisitors
                #expect(control.about("\(place.mark).tunnel.evil.test").count >= 10)
                #expect(control.about("only-\(place.mark).wild.test").count == 1)

                let refusals = try place.refusals(name)
                #expect(
                    refusals.contains { $0.hasPrefix("name-refused \(place.mark).tunnel.evil.test") }, "\(refusals)")
            }
        }

        @Test("malformed questions disturb nobody, and forge nothing", arguments: TestEngine.all)
        func malformed(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let name = place.world.name("lookups")
                let words = ["--wait", "--", "sh", "-c"]
                let script = "python3 -B net/lookups.py 'malformed*'; python3 -B net/reach.py allowed:https"
                let outcome = try place.world.task(place.options(name) + words + [script])
                let inside = Findings(outcome.output)
                #expect(inside.names("malformed").count == 14, "\(outcome.output)\(outcome.errors)")
                for attempt in inside.names("malformed") {
                    // No answer, or one that says no; never a failure of the resolver.
                    #expect(
                        ["silent", "code 1", "code 3", "code 4", "code 5"].contains(inside[attempt]),
                        "\(attempt): \(inside[attempt])")
                }
                #expect(inside.reached("allowed:https"))
                let path = "\(place.world.taskDirectory(name))/events.jsonl"
                let lines = try Files.read(path).split(separator: UInt8(ascii: "\n"))
                for line in lines {
                    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line)) }
                    #expect(!line.contains { $0 < 0x20 || $0 == 0x7f })
                }
                #expect(try place.world.events(name).count == lines.count)
                #expect(try place.departures().names.subtracting(["allowed.test"]) == [])
            }
        }
    }
}
