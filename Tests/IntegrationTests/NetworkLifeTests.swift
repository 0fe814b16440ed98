import Foundation
import Glibc
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct NetworkLifeTests {
        @Test("a rule is taken away, and what it allowed ends within a second", arguments: TestEngine.all)
        func revoke(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let name = try start(place)
                #expect(try ask(place, name, "allowed.test", 80).hasPrefix("reached allowed"))
                for (host, port, command) in [("allowed.test", 80, "revoke"), ("public.rebind.test", 7777, "deny")] {
                    let watching = try watch(place, name, host, port)
                    let changed = Date()
                    let outcome = try place.world.task("policy", command, name, host)
                    #expect(outcome.code == 0, "\(command): \(outcome.errors)")
                    let done = Date()
                    let found = Findings(try watching.wait().output)
                    #expect(found["watched"].hasPrefix("closed"), "\(host): \(found["watched"])")
                    let ended = try #require(Double(found["ended"]))
                    #expect(ended >= changed.timeIntervalSince1970 - 0.1)
                    #expect(ended - done.timeIntervalSince1970 < 1, "\(host)")
                    #expect(try ask(place, name, host, port).hasPrefix("closed"))
                }
                // What other rules allow goes on.
                #expect(try ask(place, name, "a.wild.test", 443).hasPrefix("reached wild"))
            }
        }

        @Test("a rule is added, and works without a new start", arguments: TestEngine.all)
        func allow(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let name = try start(place, rules: [#"{"domain": "*.wild.test", "action": "allow", "ports": [443]}"#])
                #expect(try ask(place, name, "allowed.test", 443).hasPrefix("closed"))
                #expect(try place.world.task("policy", "allow", name, "allowed.test").code == 0)
                #expect(try ask(place, name, "allowed.test", 443).hasPrefix("reached allowed"))
                #expect(try ask(place, name, "evil.test", 443).hasPrefix("closed"))
                #expect(try place.world.task("policy", "revoke", name, "allowed.test").code == 0)
                #expect(try ask(place, name, "allowed.test", 443).hasPrefix("closed"))
                // Only what was denied since the start, and is denied now, is learnt.
                let learnt = try place.world.task("policy", "learn", name)
                #expect(learnt.code == 0, "\(learnt.errors)")
                #expect(learnt.output.contains("evil.test") && learnt.output.contains("allowed.test"))
                #expect(try ask(place, name, "evil.test", 443).hasPrefix("closed"))
            }
        }

        @Test("decisions can be read, allowed and denied ones", arguments: TestEngine.all)
        func log(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let name = try start(place)
                #expect(try ask(place, name, "allowed.test", 443).hasPrefix("reached"))
                #expect(try ask(place, name, "evil.test", 443).hasPrefix("closed"))
                try place.world.wait("the connection is in the log") {
                    try place.world.task("policy", "log", name).output.contains("allowed.test")
                }
                let all = try place.world.task("policy", "log", name).output
                #expect(all.contains("evil.test") && all.contains("allowed.test"))
                let denied = try place.world.task("policy", "log", "--denied", name).output
                #expect(denied.contains("evil.test") && !denied.contains("allowed.test"))
                let json = try place.world.task("policy", "log", "--json", name).output
                for line in json.split(separator: "\n") {
                    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
                }
                let closed = try place.world.events(name).filter { $0.event.rawValue == "connection-closed" }
                let event = try #require(closed.first { $0.data["host"] == .text("allowed.test") })
                #expect(event.data["port"] == .number(443))
                #expect(event.data["address"] == .text(Internet.allowed))
                for key in ["bytesIn", "bytesOut", "milliseconds"] {
                    guard case .number(let number)? = event.data[key] else {
                        Issue.record("\(key): \(event.data)")
                        continue
                    }
                    #expect(number >= 0)
                }
            }
        }

        @Test("without its supervisor the network is closed, and a new one opens it again", arguments: TestEngine.all)
        func supervisor(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let name = try start(place)
                let address = try place.inside(name, ["getent", "ahostsv4", "allowed.test"]).split(separator: " ")[0]
                #expect(try ask(place, name, "allowed.test", 443).hasPrefix("reached allowed"))
                #expect(try place.world.task("policy", "deny", name, "a.wild.test").code == 0)
                let watching = try watch(place, name, "public.rebind.test", 7777)
                try place.world.killSupervisor(name)
                #expect(Findings(try watching.wait().output)["watched"].hasPrefix("closed"))

                let start = try place.internet.mark()
                let script = """
                    curl -s -m 3 --cacert net/authority.pem --resolve allowed.test:443:\(address) https://allowed.test/
                    echo @by-address=$?
                    timeout 4 curl -s -m 3 https://allowed.test/; echo @by-name=$?
                    """
                let without = Findings(try place.inside(name, ["sh", "-c", script]))
                for attempt in ["by-address", "by-name"] {
                    #expect(without[attempt] != "0" && without[attempt] != "nothing", "\(without[attempt])")
                }
                #expect(try place.departures(since: start).isEmpty)

                // The next command brings a supervisor back.
                _ = try place.world.task("list")
                try place.world.wait("the network is back") {
                    try ask(place, name, "allowed.test", 443).hasPrefix("reached allowed")
                }
                // Addresses that the agent remembers mean what they meant, and what was denied stays denied.
                let again = Findings(try place.inside(name, ["sh", "-c", script]))
                #expect(again["by-address"] == "0")
                #expect(try ask(place, name, "a.wild.test", 443).hasPrefix("closed"))
                #expect(try ask(place, name, "b.wild.test", 443).hasPrefix("reached"))
                #expect(try ask(place, name, "evil.test", 443).hasPrefix("closed"))
                // The same agent, all the while.
                #expect(try place.world.events(name).filter { $0.event == .started }.count == 1)
            }
        }

        @Test("nothing of a sandbox's network is left when the task has ended", arguments: TestEngine.all)
        func namespace(engine: TestEngine) throws {
            try inInternet(engine) { place in
                for ending in ["stop", "kill"] {
                    let name = try start(place, named: ending)
                    let watching = try watch(place, name, "public.rebind.test", 7777)
                    let container = try #require(try place.world.record(name).currentState.container)
                    let inspected = try engine.run("inspect", "--format", "{{.State.Pid}}", container.id)
                    let process = inspected.outputText.trimmingCharacters(in: .whitespacesAndNewlines)
                    // The kernel takes an interface away with the network namespace that it is in, and its other end with it.
                    let link = "probe\(UInt16.random(in: 0...UInt16.max))"
                    let words = [
                        "-n", place.internet.net, "link", "add", link, "type", "veth", "peer", "name", "end0", "netns",
                    ]
                    let added = try Subprocess("ip", words + [process]).runBlocking(seconds: 10)
                    try #require(added.succeeded, "\(added.errorText)")
                    let shown = {
                        try Subprocess("ip", ["-n", place.internet.net, "link", "show", link]).runBlocking(seconds: 10)
                            .succeeded
                    }
                    #expect(try shown())
                    // A descriptor in the namespace keeps it: what a leak would look like.
                    var held: Descriptor? = try Descriptor.open("/proc/\(process)/ns/net", O_RDONLY)
                    let supervisor = try #require(try place.world.supervisors(name).first)
                    if ending == "stop" {
                        #expect(try place.world.task("stop", "-t", "1s", name).code == 0)
                    } else {
                        #expect(try engine.run("kill", "-s", "KILL", container.id).succeeded)
                        try place.world.waitForEnd(name)
                    }
                    _ = try watching.wait()
                    try place.world.wait("the supervisor has ended") { kill(supervisor, 0) != 0 }
                    #expect(try shown())
                    #expect(held != nil)
                    held = nil
                    try place.world.wait("the network namespace is gone") { try !shown() }
                }
            }
        }

        /// Starts a task that waits.
        private func start(
            _ place: InternetWorld, named suffix: String = "life", rules: [String] = InternetWorld.rules
        ) throws -> String {
            let name = place.world.name(suffix)
            let outcome = try place.world.task(place.options(name, rules: rules) + ["-d", "--", "sleep", "600"])
            try #require(outcome.code == 0, "\(outcome.errors)")
            return name
        }

        private func ask(_ place: InternetWorld, _ name: String, _ host: String, _ port: Int) throws -> String {
            Findings(try place.inside(name, ["python3", "-B", "net/live.py", "ask", host, "\(port)"]))["asked"]
        }

        /// Begins to read a stream in the sandbox, and returns when the first of it is there.
        private func watch(
            _ place: InternetWorld, _ name: String, _ host: String, _ port: Int
        ) throws -> RunningCommand {
            let container = try #require(try place.world.record(name).currentState.container)
            let words = ["python3", "-B", "net/live.py", "watch", host, "\(port)"]
            let running = try RunningCommand(
                Subprocess(
                    engine(place), ["exec", "--user", "1000", "-w", place.world.project, container.id] + words),
                files: "\(place.world.root)/watch-\(UInt32.random(in: 0...UInt32.max))")
            try place.world.wait("'\(name)' reads the stream") { try running.output.contains("@watching=yes") }
            return running
        }

        private func engine(_ place: InternetWorld) -> String { place.world.engine.rawValue }
    }
}
