import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct NetworkClaudeTests {
        /// The real Claude Code, fetched once for all runs.
        private static let program = Result {
            let script = Files.parent(of: Files.parent(of: Internet.sources)) + "/.ci/claude"
            let fetched = try Subprocess(script).runBlocking(seconds: 600)
            try #require(fetched.succeeded, "\(fetched.errorText)")
            return fetched.outputText.trimmingCharacters(in: .newlines)
        }

        @Test("the real Claude Code works by its preset, and without it asks nobody", arguments: TestEngine.all)
        func claude(engine: TestEngine) throws {
            try inInternet(engine) { place in
                let world = place.world
                try bringProgram(to: world)
                let name = world.name("claude")
                let outcome = try run(name, policy: "anthropic", place)
                #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
                #expect(outcome.output.contains("the model is content"), "\(outcome.output)")
                #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "Answer the model")
                #expect(try world.git("show", "task/\(name):answer.txt") == "from the model")

                let departures = try place.departures()
                #expect(departures.connections == ["\(Internet.model):443"])
                #expect(departures.names == ["api.anthropic.com"])
                #expect(departures.others == [])
                let seen = try place.seen().fromHome
                #expect(Set(seen.of("tls").map(\.host)) == ["api.anthropic.com"])
                #expect(seen.of("request").filter { $0.target == "/v1/messages?beta=true" }.count >= 2)
                try allowed(name, world)

                let start = try place.internet.mark()
                let refused = world.name("refused")
                let began = ContinuousClock.now
                let failure = try run(refused, policy: "github", place)
                #expect(ContinuousClock.now - began < .seconds(60))
                #expect(failure.code == 1, "\(failure.output)\(failure.errors)")
                #expect(failure.output.contains("ENOTFOUND"), "\(failure.output)")
                let nothing = try place.departures(since: start)
                #expect(nothing.isEmpty, "\(nothing)")
                #expect(
                    try place.refusals(refused).contains { $0.hasPrefix("name-refused api.anthropic.com") })
                #expect(try world.task("policy", "log", refused).output.contains("  denied  api.anthropic.com"))
                #expect(try world.git("for-each-ref", "refs/heads/task/\(refused)") == "")
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

        /// A file of the project that git ignores, for `--include`.
        private func bringProgram(to world: World) throws {
            try world.write(".gitignore", "/agent\n")
            try world.commit("ignore the agent")
            let words = ["-c", #"mkdir "$1/agent" && { ln "$0" "$1/agent" || cp "$0" "$1/agent"; } 2>/dev/null"#]
            let brought = try Subprocess("sh", words + [Self.program.get(), world.project]).runBlocking(seconds: 60)
            try #require(brought.succeeded, "\(brought.errorText)")
        }

        /// Lets it work unattended. It dials the host that is built into it.
        private func run(_ name: String, policy: String, _ place: InternetWorld) throws -> World.Outcome {
            let authority = "\(place.world.project)/net/authority.pem"
            let variables = [
                "ANTHROPIC_API_KEY=x", "CLAUDE_CONFIG_DIR=/tmp/claude", "DISABLE_AUTOUPDATER=1",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "CLAUDE_CODE_MAX_RETRIES=1",
                "NODE_EXTRA_CA_CERTS=\(authority)",
            ]
            var words = ["run", "--isolated", "--wait", "--name", name, "--policy", policy, "--include", "agent"]
            words += try ["--image", InternetWorld.image(place.world.engine)]
            words += (variables + place.internet.certificates(authority)).flatMap { ["--env", $0] }
            words += ["--", "agent/claude", "-p", "Commit an answer", "--dangerously-skip-permissions"]
            return try place.world.task(words + ["--output-format", "stream-json", "--verbose"])
        }
    }
}
