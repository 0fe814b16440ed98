import System
import Testing

extension IntegrationTests {
    /// The policy commands that need no task: what they print and exit with is what docs/policy-files.md says.
    @Suite struct PolicyCommandTests {
        private static let own = """
            {
              "rules": [
                {"domain": "*.npmjs.org", "ports": [443]},
                {"domain": "uploads.npmjs.org", "action": "deny", "reason": "nothing is published from here"},
                {"address": "203.0.113.5", "ports": [5432]}
              ]
            }
            """

        @Test("which rule decides, and whether it may be reached", arguments: TestEngine.all)
        func explain(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try world.write("own.json", Self.own)
                let expectations: [(host: String, code: Int32, text: String)] = [
                    (
                        "uploads.npmjs.org", 1,
                        """
                        uploads.npmjs.org:443 is refused: denied by a rule
                          by: deny uploads.npmjs.org (./own.json)
                          why: nothing is published from here
                          also: allow *.npmjs.org:443 (./own.json)

                        """
                    ),
                    (
                        "registry.npmjs.org", 0,
                        "registry.npmjs.org:443 is allowed\n  by: allow *.npmjs.org:443 (./own.json)\n"
                    ),
                    (
                        "registry.npmjs.org:80", 1,
                        "registry.npmjs.org:80 is refused: port not listed\n"
                            + "  for other ports: allow *.npmjs.org:443 (./own.json)\n"
                    ),
                    ("evil.test", 1, "evil.test:443 is refused: not listed\n"),
                    (
                        "203.0.113.5:5432", 0,
                        "203.0.113.5:5432 is allowed\n  by: allow 203.0.113.5:5432 (./own.json)\n"
                    ),
                ]
                for (host, code, text) in expectations {
                    let outcome = try world.task("policy", "explain", "./own.json", host)
                    #expect(outcome.code == code && outcome.output == text && outcome.errors == "", "\(outcome)")
                }
                #expect(try world.task("policy", "explain", "none", "127.1").code == 2)
                #expect(try world.task("policy", "explain", "none", "*.example.com").code == 2)
            }
        }

        @Test("a mirror that a sandbox cannot reach is left out, and said", arguments: TestEngine.all)
        func warnings(engine: TestEngine) throws {
            try inWorld(engine) { world in
                world.environment["PIP_CONFIG_FILE"] = "/dev/null"
                world.environment["PIP_INDEX_URL"] = "http://localhost:3141/"
                let shown = try world.task("policy", "show", "pypi")
                #expect(shown.code == 0 && shown.output == "no rules: nothing can be reached\n", "\(shown)")
                #expect(
                    shown.errors
                        == "task: warning: pip is configured for localhost in PIP_INDEX_URL: inside, that is the sandbox itself\n"
                )
                world.environment["PIP_INDEX_URL"] = "http://pip.corp.example:3141/"
                let mirror = try world.task("policy", "show", "pypi")
                #expect(mirror.output.contains("pip.corp.example  3141") && mirror.errors == "", "\(mirror)")
                #expect(mirror.output.contains("configured in PIP_INDEX_URL"))
            }
        }

        @Test(
            "the gateway's limits are stored with a task, also with one that is to reach nothing yet",
            arguments: TestEngine.all)
        func limits(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let folder = "\(world.root)/config/task"
                try Files.makeDirectory(folder)
                try Files.replace("\(folder)/config.json", with: Array(#"{"gateway": {"connections": 7}}"#.utf8))
                let name = world.name("limits")
                #expect(try world.agent(name, "true").code == 0)
                let inputs = String(
                    decoding: try Files.read("\(world.state)/task/tasks/\(name)/inputs.json"), as: UTF8.self)
                #expect(inputs.filter { !$0.isWhitespace }.contains(#""limits":{"connections":7}"#), "\(inputs)")
            }
        }

        @Test("a file that is wrong is named with its place, and is no policy", arguments: TestEngine.all)
        func mistakes(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try world.write("own.json", Self.own)
                let fine = try world.task("policy", "check", "own.json")
                #expect(fine.code == 0 && fine.output.hasPrefix("own.json: 3 rules, ports 80, 443, 5432, sha256:"))
                #expect(fine.errors == "task: warning: *.npmjs.org: hosts below it take uploads from any account\n")
                try world.write("bad.json", "{\n  \"rules\": [{\"domian\": \"a.test\"}]\n}")
                let bad = try world.task("policy", "check", "bad.json")
                #expect(bad.code == 1 && bad.output == "")
                #expect(
                    bad.errors == """
                        task: ./bad.json:2:14: unknown key "domian"; did you mean "domain"?
                          next: edit the file, then: task policy check ./bad.json

                        """)
                let missing = try world.task("policy", "show", "gihub")
                #expect(missing.code == 1)
                #expect(
                    missing.errors
                        == "task: there is no policy \"gihub\"; did you mean github?\n  next: task policy list\n")
            }
        }
    }
}
