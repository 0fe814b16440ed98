import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// The real Claude Code, in the image that its definition makes, with a model that is a script.
    @Suite struct ClaudeTests {
        @Test("it mends a program, tries it and commits, and talks to its model alone", arguments: TestEngine.all)
        func headless(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let name = world.name("fix")
                try world.bringMistake()
                let outcome = try world.task(run(name, place) + ["--wait", "fix the failing test"])
                #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
                #expect(outcome.output.contains("the model is content"), "\(outcome.output)")
                #expect(outcome.errors.contains("task: policy anthropic, from the agent claude\n"), "\(outcome.errors)")
                #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "Add, do not subtract")
                #expect(try world.git("show", "task/\(name):sum.sh") == "echo $(($1 + $2))")
                let image = try #require(try world.record(name).currentState.image)
                #expect(image.agent?.name == "claude" && image.agent?.version?.isEmpty == false)

                let departures = try place.departures()
                #expect(departures.connections == ["\(Internet.model):443"])
                #expect(departures.names == ["api.anthropic.com"])
                #expect(departures.others == [])
                let seen = try place.seen().fromHome
                #expect(Set(seen.of("tls").map(\.host)) == ["api.anthropic.com"])
                #expect(try place.seen().of("model").compactMap(\.done).max() == 5, "five uses of tools came back")
                try allowed(name, world)
            }
        }

        @Test("without the policy that it needs it asks nobody", arguments: TestEngine.all)
        func refused(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let refused = world.name("refused")
                var words = [
                    "run", "--isolated", "--wait", "--name", refused, "--policy", "github", "--image", "claude",
                ]
                words += try variables(place).flatMap { ["--env", $0] }
                let failure = try world.task(
                    words + ["--", "claude", "-p", "Commit an answer", "--dangerously-skip-permissions"])
                #expect(failure.code == 1, "\(failure.output)\(failure.errors)")
                #expect(failure.output.contains("ENOTFOUND"), "\(failure.output)")
                let nothing = try place.departures()
                #expect(nothing.isEmpty, "\(nothing)")
                #expect(try place.refusals(refused).contains { $0.hasPrefix("name-refused api.anthropic.com") })
                #expect(try world.task("policy", "log", refused).output.contains("  denied  api.anthropic.com"))
                #expect(try world.git("for-each-ref", "refs/heads/task/\(refused)") == "")
            }
        }

        @Test(
            "at a terminal it begins by itself, says when it waits, and goes on where it was", arguments: TestEngine.all
        )
        func interactive(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let name = world.name("talk")
                let started = try world.task(run(name, place) + ["-d", "Commit an answer"])
                try #require(started.code == 0, "\(started.errors)")
                try waitUntilWaiting(world, name, "for a prompt", commits: "answer.txt")

                var before = try waits(world, name)
                #expect(try world.task("send", name, "now one more file").code == 0)
                try waitUntilWaiting(world, name, "for a prompt", commits: "more.txt", after: before)
                let changes = try world.events(name).map(\.event).filter { [.waiting, .working].contains($0) }
                #expect(changes.contains(.working), "\(changes)")
                #expect(try world.task("stop", name).code == 0)
                #expect(try world.git("show", "task/\(name):more.txt") == "from the model")

                let mark = try place.internet.mark()
                #expect(try world.task("resume", "-d", name).code == 0)
                try waitUntilWaiting(world, name, "for a prompt", commits: "more.txt")
                before = try waits(world, name)
                #expect(try world.task("send", name, "and a last one").code == 0)
                try waitUntilWaiting(world, name, "for a prompt", commits: "last.txt", after: before)
                let conversation = ["Commit an answer", "now one more file", "and a last one"]
                #expect(try place.internet.seen(since: mark).of("model").contains { $0.asked == conversation })
                #expect(try world.task("stop", name).code == 0)
                #expect(try world.git("show", "task/\(name):last.txt") == "from the model")
            }
        }

        @Test("with --ask it waits for permission, which a line gives", arguments: TestEngine.all)
        func asking(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                let name = world.name("ask")
                let started = try world.task(run(name, place) + ["-d", "--ask", "Commit an answer"])
                try #require(started.code == 0, "\(started.errors)")
                try world.wait("it asks") {
                    try world.record(name).currentState.waiting == "for permission"
                }
                let workspace = "\(world.taskDirectory(name))/workspace"
                #expect(!Files.exists("\(workspace)/answer.txt"))
                #expect(try world.task("send", name, "1").code == 0)
                try waitUntilWaiting(world, name, "for a prompt", commits: "answer.txt")
                #expect(try world.task("stop", name).code == 0)
                #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "Make answer.txt")
            }
        }

        // MARK: Its parts

        /// All but the prompt of a `task run` that lets it work.
        private func run(_ name: String, _ place: InternetWorld) throws -> [String] {
            place.world.environment["ANTHROPIC_API_KEY"] = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz"
            return try ["run", "--isolated", "--agent", "claude", "--name", name]
                + variables(place).filter { !$0.hasPrefix("ANTHROPIC") }.flatMap { ["--env", $0] }
        }

        /// What brings it to the tests' own authority. It dials the host that is built into it.
        private func variables(_ place: InternetWorld) throws -> [String] {
            let authority = "\(place.world.project)/net/authority.pem"
            return [
                "ANTHROPIC_API_KEY=x", "DISABLE_AUTOUPDATER=1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
                "CLAUDE_CODE_MAX_RETRIES=1", "NODE_EXTRA_CA_CERTS=\(authority)",
            ] + place.internet.certificates(authority)
        }

        /// How often it has begun to wait.
        private func waits(_ world: World, _ name: String) throws -> Int {
            try world.events(name).count { $0.event == .waiting }
        }

        /// Waits until it has made a file and waits once more than before: then the file is committed.
        private func waitUntilWaiting(
            _ world: World, _ name: String, _ reason: String, commits file: String, after count: Int = 0
        ) throws {
            let workspace = "\(world.taskDirectory(name))/workspace"
            do {
                try world.wait("'\(name)' has made \(file) and waits \(reason)") {
                    try Files.exists("\(workspace)/\(file)") && world.record(name).currentState.waiting == reason
                        && waits(world, name) > count
                }
            } catch {
                Issue.record(
                    "\(try world.record(name).currentState), \(try world.task("logs", name).output.suffix(3000))")
                throw error
            }
        }

        /// What `task policy log` tells of a run that was let through: whole conversations with the one host.
        private func allowed(_ name: String, _ world: World) throws {
            let closed = try world.events(name).filter { $0.event == .connectionClosed }
            #expect(!closed.isEmpty)
            #expect(closed.allSatisfy { $0.data["host"] == .text("api.anthropic.com") })
            #expect(closed.allSatisfy { $0.data["port"] == .number(443) })
            #expect(
                closed.contains { event in
                    guard case .number(let sent)? = event.data["bytesOut"],
                        case .number(let received)? = event.data["bytesIn"]
                    else { return false }
                    return sent > 10_000 && received > 1000
                }, "\(closed)")
            let log = try world.task("policy", "log", name).output
            #expect(log.contains("  allowed  api.anthropic.com:443  \(Internet.model)  out "), "\(log)")
            #expect(!log.contains("denied"), "\(log)")
        }
    }
}
