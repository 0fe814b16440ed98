import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// What a person reads who has typed nothing but `task`, and what is remembered of it.
    @Suite struct FirstStartTests {
        /// What commands print, as a transcript in which nothing is of this machine.
        private struct Transcript {
            let world: World
            var text = ""

            @discardableResult
            mutating func type(_ arguments: String..., in directory: String? = nil) throws -> World.Outcome {
                let outcome = try world.task(arguments, in: directory)
                text += (["$ task"] + arguments).joined(separator: " ") + "\n" + outcome.output + outcome.errors
                text += outcome.code == 0 ? "\n" : "[\(outcome.code)]\n\n"
                return outcome
            }

            /// With paths, the engine and ages replaced.
            func replaced() throws -> String {
                let finding = try world.engine.run("version", "--format", "{{.Server.Version}}").outputText
                let version = finding.trimmingCharacters(in: .whitespacesAndNewlines)
                return text.replacingOccurrences(of: world.root, with: "ROOT")
                    .replacingOccurrences(
                        of: "\(world.engine) \(NSRegularExpression.escapedPattern(for: version)), at [^\n]*",
                        with: "ENGINE", options: .regularExpression)
            }
        }

        private func golden(_ name: String) throws -> String {
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
            return String(decoding: try Data(contentsOf: file), as: UTF8.self)
        }

        private let keys = [
            "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "OPENAI_API_KEY", "GEMINI_API_KEY",
        ]

        @Test("task alone registers a repository, says what there is and what to type next", arguments: TestEngine.all)
        func start(engine: TestEngine) throws {
            try inWorld(engine) { world in
                for key in keys { world.environment[key] = nil }
                let outside = "\(world.root)/elsewhere"
                try Files.makeDirectory(outside)
                try Files.makeDirectory("\(world.project)/src")
                // Whether the image is there depends on what other tests have built.
                try world.write(".task/image/Containerfile", "FROM localhost/never-built-\(world.prefix)\n")
                try world.commit("image")

                var transcript = Transcript(world: world)
                try transcript.type(in: outside)
                try transcript.type(in: "\(world.project)/src")
                #expect(try Files.list("\(world.state)/task").contains("projects.json"))
                world.environment["ANTHROPIC_API_KEY"] = "sk-value-of-the-key"
                try world.write("new.txt", "new\n")
                try world.write(".task/config.json", #"{"agent": "claude"}"#)
                try transcript.type()
                world.environment["DOCKER_HOST"] = "unix://\(world.root)/no.sock"
                world.environment["CONTAINER_HOST"] = "unix://\(world.root)/no.sock"
                let without = try world.task()
                #expect(without.code == 0 && without.output.hasSuffix("\nnext\n  task doctor\n"), "\(without)")
                world.environment["DOCKER_HOST"] = nil
                world.environment["CONTAINER_HOST"] = nil
                try transcript.type(in: outside)
                let text = try transcript.replaced()
                #expect(text == (try golden("first-start")), "\(text)")
                #expect(!text.contains("sk-value"))
                // Nothing was built, pulled or started for it.
                #expect(try Files.list("\(world.state)/task").filter { $0 == "tasks" || $0 == "builds" }.isEmpty)
                #expect(try world.task("--help").output.contains("Usage: task"))
                #expect(try world.task("nonsense").code == 2)
            }
        }

        @Test("projects are listed, named and forgotten, and their repositories are left alone")
        func projects() throws {
            try inWorld(TestEngine.all[0]) { world in
                let other = "\(world.root)/other/project"
                try Files.makeDirectory(other)
                try world.git("init", "-q", in: other)
                try world.git(
                    "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x", in: other)
                var transcript = Transcript(world: world)
                _ = try world.task()
                _ = try world.task(in: other)
                try transcript.type("project", "list", "-q")
                try transcript.type("project", "rename", "project-2", "project")
                try transcript.type("project", "rename", "project-2", "web shop")
                try transcript.type("project", "rename", "project-2", "web")
                try FileTree.remove(other)
                let list = try world.task("project", "list").output.split(separator: "\n").map(String.init)
                #expect(list.count == 3 && list[2].hasSuffix("\(other) (gone)"), "\(list)")
                let json = try world.task("project", "list", "--json").output.split(separator: "\n")
                let first = try JSONSerialization.jsonObject(with: Data(json[0].utf8)) as? [String: Any]
                #expect(first?["name"] as? String == "project" && first?["path"] as? String == world.project)
                #expect(first?["tasks"] as? Int == 0 && first?["isThere"] as? Bool == true)
                try transcript.type("project", "rm", "web")
                try transcript.type("project", "rm", "web")
                try transcript.type("project", "rm", world.project)
                try transcript.type("project", "list")
                #expect(try world.git("status", "--porcelain").isEmpty)
                let text = try transcript.replaced()
                #expect(text == (try golden("projects")), "\(text)")
            }
        }

        @Test("every value says where it comes from, and a project's file cannot weaken anything")
        func configuration() throws {
            try inWorld(TestEngine.all[0]) { world in
                let own = "\(world.root)/config/task/config.json"
                try Files.makeDirectory(Files.parent(of: own))
                try Data(
                    #"""
                    {"limits": {"memory": "1g", "cpus": 1},
                     "policies": ["npm"], "gateway": {"connections": 7},
                     "environment": {"A_KEY": "command:pass show a"}}
                    """#.utf8
                ).write(to: URL(filePath: own))
                try world.write(
                    ".task/config.json", "{\"image\": \"node\",\n \"limits\": {\"pids\": 99, \"memory\": \"512m\"}}")
                let shown = try world.task("config", "show").output.split(separator: "\n").map(String.init)
                func row(_ key: String) -> [Substring] {
                    shown.first { $0.hasPrefix(key + " ") }?.split(separator: " ", omittingEmptySubsequences: true)
                        ?? []
                }
                let projects = "\(world.project)/.task/config.json"
                #expect(row("engine").suffix(2) == ["\"\(world.engine)\"", "TASK_ENGINE"])
                #expect(row("image").suffix(2) == ["\"node\"", "\(projects):1:11"])
                #expect(row("limits.memory").suffix(2) == ["\"512m\"", "\(projects):2:35"])
                #expect(row("limits.pids").suffix(2) == ["99", "\(projects):2:21"])
                #expect(row("limits.cpus").suffix(2) == ["1", "\(own):1:37"])
                #expect(row("policies").suffix(2) == [#"["npm"]"#, "\(own):2:14"])
                #expect(row("gateway.connections").suffix(2) == ["7", "\(own):2:50"])
                #expect(row("gateway.names").suffix(2) == ["4096", "default"])
                #expect(row("environment.A_KEY").last == "\(own):3:27")
                for line in try world.task("config", "show", "--json").output.split(separator: "\n") {
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    let origin = try #require(object?["origin"] as? String)
                    #expect(["default", "user", "project", "variable"].contains(origin) && object?["key"] != nil)
                }
                let refusals = [
                    (#"{"policies": ["github"]}"#, "1:2: \"policies\" is refused in a project's file"),
                    (#"{"environment": {"X": "file:/etc/passwd"}}"#, "1:2: \"environment\" is refused"),
                    (#"{"limits": {"memory": "2g"}}"#, "1:23: \"limits.memory\" is refused"),
                    (#"{"imag": "x"}"#, "1:2: unknown key \"imag\"; did you mean \"image\"?"),
                ]
                for (text, message) in refusals {
                    try world.write(".task/config.json", text)
                    for command in [["config", "show"], ["run", "--isolated", "-d", "--", "true"], []] {
                        let outcome = try world.task(command)
                        #expect(outcome.code == 125 && outcome.output.isEmpty, "\(outcome)")
                        #expect(outcome.errors.hasPrefix("task: \(projects):\(message)"), "\(outcome.errors)")
                    }
                }
                #expect(try world.leftovers().isEmpty)
            }
        }
    }
}
