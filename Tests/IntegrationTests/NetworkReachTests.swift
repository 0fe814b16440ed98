import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct NetworkReachTests {
        @Test("what the policy names is reached by any program, and nothing beside it", arguments: TestEngine.all)
        func reach(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let (name, inside, outside) = try place.probe("reach")
                let named = inside.names("allowed")
                let others = [
                    "ssh_banner", "netcat_banner", "ipv4_only_curl", "address_by_configured_family", "half_close",
                    "large_download", "large_upload", "many_at_once", "own_service",
                ]
                #expect(named.count == 10)
                for attempt in named + others {
                    #expect(inside.reached(attempt), "\(attempt): \(inside[attempt])")
                    #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                }
                #expect(inside["half_close"] == "reached banner allowed 100000 end 100000")
                #expect(inside["large_download"] == "reached True")
                #expect(inside["large_upload"] == "reached 5000000")
                #expect(inside["many_at_once"] == "reached 60")
                #expect(inside["own_service"].hasPrefix("reached home of its own"))
                #expect(inside["address_by_configured_family"].hasPrefix("reached 198.1"))

                let beside = inside.names("beside") + ["mapped_address", "connect_method"]
                #expect(beside.count == 14)
                for attempt in beside {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                    #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                }
                #expect(inside["answers_quickly"] == "closed 6")

                let departures = try place.departures()
                #expect(
                    departures.connections.subtracting([
                        "198.51.100.10:22", "198.51.100.10:80", "198.51.100.10:443", "198.51.100.10:7777",
                        "198.51.100.11:443", "2001:db8:1::11:443", "198.51.100.5:443", "198.51.100.250:443",
                    ]) == [])
                #expect(departures.others == [])
                #expect(
                    departures.names.subtracting([
                        "allowed.test", "a.wild.test", "dual.wild.test", "six.wild.test", "alias.wild.test",
                        "elsewhere.cdn.test", "first-shut.wild.test", "last-shut.wild.test", "public.rebind.test",
                    ]) == [])
                let seen = try place.seen().fromVisitors
                #expect(!seen.about("evil.test").isEmpty)
                #expect(!seen.to(Internet.evil).of("accept").isEmpty)

                let refusals = try place.refusals(name)
                for host in ["evil.test", "wild.test", "evilallowed.test", "allowed.test.evil.test", "a.allowed.test"] {
                    #expect(refusals.contains { $0.hasPrefix("name-refused \(host)") }, "\(host): \(refusals)")
                }
                for host in ["a.wild.test 80", "\(Internet.allowed) 80", "\(Internet.allowed) 443"] {
                    #expect(refusals.contains { $0.hasPrefix("connection-refused \(host)") }, "\(host): \(refusals)")
                }
            }
        }

        @Test("refusals are told to the agent, once each", arguments: TestEngine.all)
        func denied(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let name = place.world.name("denied")
                let script = """
                    perl -e 'gethostbyname("evil.test") for 1..300'
                    curl -s -m 5 http://evil.test/
                    curl -s -m 5 http://\(Internet.evil)/
                    sleep 1.5; cat /run/task/denied; echo @finished=yes
                    echo forged >> /run/task/denied && echo @forged=yes
                    """
                let outcome = try place.world.task(place.options(name) + ["--wait", "--", "sh", "-c", script])
                #expect(outcome.code != 125, "\(outcome.errors)")
                #expect(outcome.output.contains("evil.test"), "\(outcome.output)")
                #expect(outcome.output.contains(Internet.evil), "\(outcome.output)")
                #expect(outcome.output.utf8.count < 4000)
                let inside = Findings(outcome.output)
                #expect(inside["finished"] == "yes" && inside["forged"] == "nothing")
                // Hundreds of equal refusals are a few lines with a count.
                let events = try place.world.events(name).filter {
                    $0.event == .nameRefused && $0.data["host"] == .text("evil.test")
                }
                #expect((1...10).contains(events.count), "\(events.count)")
                let counted = events.reduce(0) { sum, event in
                    if case .number(let count)? = event.data["count"] { sum + count } else { sum + 1 }
                }
                #expect(counted >= 300)
            }
        }

        @Test("a policy of nothing is no network, and so is none", arguments: TestEngine.all)
        func nothing(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let attempts = ["allowed:https", "allowed:http", "beside:other-name", "beside:address-of-allowed"]
                let (_, inside, outside) = try place.probe("reach", attempts, rules: [])
                for attempt in attempts {
                    #expect(inside.isClosed(attempt), "\(attempt): \(inside[attempt])")
                    #expect(outside.reached(attempt), "\(attempt): \(outside[attempt])")
                }
                let name = place.world.name("without")
                let words = ["run", "--isolated", "--wait", "--name", name, "--no-network", "--image"]
                let image = try InternetWorld.image(engine)
                let outcome = try place.world.task(
                    words + [image, "--", "python3", "-B", "net/reach.py"] + attempts)
                let found = Findings(outcome.output)
                #expect(found["finished"] == "yes", "\(outcome.errors)\(outcome.output)")
                for attempt in attempts { #expect(found.isClosed(attempt), "\(attempt): \(found[attempt])") }
                let departures = try place.departures()
                #expect(departures.isEmpty, "\(departures)")
            }
        }

        @Test("a policy that cannot be used is an error before anything is made", arguments: TestEngine.all)
        func unusable(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let path = "\(world.root)/bad.json"
                for text in [
                    "", "{", "[]", "null", "{}", #"{"rules": null}"#, #"{"rules": {}}"#, #"{"rule": []}"#,
                    #"{"rules": [{"domain": "*.com", "action": "allow"}]}"#,
                    #"{"rules": [{"domain": "*", "action": "allow"}]}"#,
                    #"{"rules": [{"domain": "allowed.test", "action": "alow"}]}"#,
                    #"{"rules": [{"domain": "allowed.test\u0000.evil.test", "action": "allow"}]}"#,
                    #"{"rules": [{"include": "nowhere-to-be-found"}]}"#,
                ] {
                    try Data(text.utf8).write(to: URL(filePath: path))
                    let outcome = try world.task(
                        "run", "--isolated", "--wait", "--name", world.name("bad"), "--policy", path, "--", "true")
                    #expect(outcome.code == 2 || outcome.code == 125, "\(text): \(outcome.code)")
                    #expect(
                        outcome.errors.contains("bad.json") || outcome.errors.contains("nowhere"),
                        "\(text): \(outcome.errors)")
                    #expect(try world.leftovers() == [], "\(text)")
                }
                let missing = try world.task(
                    "run", "--isolated", "--wait", "--name", world.name("bad"), "--policy", "\(path).none", "--", "true"
                )
                #expect(missing.code != 0)
                #expect(missing.errors.contains("bad.json.none"), "\(missing.errors)")
                #expect(try world.leftovers() == [])
            }
        }
    }
}
