import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct NetworkLoadTests {
        @Test("what one sandbox does to its gateway, another one does not notice", arguments: TestEngine.all)
        func load(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let (greedy, quiet) = (world.name("greedy"), world.name("quiet"))
                for name in [greedy, quiet] {
                    let outcome = try world.task(place.options(name) + ["-d", "--", "sleep", "600"])
                    try #require(outcome.code == 0, "\(outcome.errors)")
                }
                let before = try memory(world, greedy)
                let script = """
                    ulimit -n 8192
                    python3 -B net/live.py idle public.rebind.test 7777 3000 & python3 -B net/live.py names 10000
                    """
                let container = try #require(try world.record(greedy).currentState.container)
                let running = try RunningCommand(
                    Subprocess(
                        engine.rawValue,
                        ["exec", "--user", "1000", "-w", world.project, container.id, "sh", "-c", "\(script); wait"]),
                    files: "\(world.root)/load")
                try world.wait("the names are asked for") { try running.output.contains("@sent=10000") }
                for _ in 1...5 {
                    let answer = try place.inside(quiet, ["curl", "-s", "-m", "20", "http://allowed.test/"])
                    #expect(answer.hasPrefix("allowed"), "\(answer)")
                }
                try world.wait("the connections are there") { try running.output.contains("@held=") }
                let found = Findings(try running.output)
                let held = try #require(Int(found["held"]))
                #expect(held >= 100, "\(held)")
                let more = try memory(world, greedy) - before
                #expect(more < 64 << 20, "the supervisor took \(more) bytes for \(held) connections")
                // It still answers, and so does its own network: to a limit, not to a crash.
                #expect(try world.supervisors(greedy).count == 1)
                let lines = try Files.read("\(world.taskDirectory(greedy))/events.jsonl").filter {
                    $0 == UInt8(ascii: "\n")
                }
                #expect(lines.count < 2000, "a flood of refusals became \(lines.count) lines")
                #expect(try engine.run("kill", "-s", "KILL", container.id).succeeded)
                _ = try running.wait()
                #expect(try place.departures().names.contains { $0.hasSuffix(".evil.test") } == false)
                #expect(try place.seen().fromHome.of("accept").count >= held)
            }
        }

        @Test("who waits for a slow name server does not hold up others", arguments: TestEngine.all)
        func slowNames(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let script = """
                    curl -s -m 60 --cacert net/authority.pem https://slow.wild.test/ > /tmp/slow &
                    curl -s -m 60 --cacert net/authority.pem https://silent.wild.test/ &
                    sleep 0.2; curl -s -m 60 --cacert net/authority.pem https://a.wild.test/
                    echo "@meanwhile=$(cat /tmp/slow)"
                    wait %1; echo "@slow=$(cat /tmp/slow)"
                    """
                let outcome = try place.world.task(
                    place.options(place.world.name("slow")) + ["--wait", "--", "bash", "-c", script])
                let inside = Findings(outcome.output)
                #expect(outcome.output.contains(#"wild "a.wild.test""#), "\(outcome.output)\(outcome.errors)")
                #expect(inside["meanwhile"] == "", "the slow one was first: \(inside["meanwhile"])")
                #expect(inside["slow"].hasPrefix("wild"), "\(inside["slow"])")
            }
        }

        @Test("a sandbox cannot take the descriptors that its supervisor needs", arguments: TestEngine.all)
        func descriptors(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                world.launcher += ["prlimit", "--nofile=300"]
                let name = world.name("few")
                let outcome = try world.task(place.options(name) + ["-d", "--", "sleep", "600"])
                try #require(outcome.code == 0, "\(outcome.errors)")
                let container = try #require(try world.record(name).currentState.container)
                let words = ["python3", "-B", "net/live.py", "idle", "public.rebind.test", "7777", "400"]
                let running = try RunningCommand(
                    Subprocess(engine.rawValue, ["exec", "--user", "1000", "-w", world.project, container.id] + words),
                    files: "\(world.root)/few")
                try world.wait("the connections are there") { try running.output.contains("@held=") }
                #expect(try #require(Int(Findings(try running.output)["held"])) < 150)
                let denied = try world.task("policy", "deny", name, "allowed.test")
                #expect(denied.code == 0, "\(denied.errors)")
                #expect(try world.task("stop", "-t", "1s", name).code == 0)
                _ = try running.wait()
            }
        }

        /// The resident memory of a task's supervisor, in bytes.
        private func memory(_ world: World, _ name: String) throws -> Int {
            let process = try #require(try world.supervisors(name).first)
            let status = String(decoding: try Files.read("/proc/\(process)/status"), as: UTF8.self)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) * 1024
        }
    }
}
