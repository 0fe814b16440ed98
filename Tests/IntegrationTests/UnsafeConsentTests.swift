import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// How a task comes to run on the host: by the flag, or by a word that a person types.
    @Suite struct UnsafeConsentTests {
        @Test("without an engine nothing runs, unless it is asked for by name")
        func noEngine() throws {
            try inWorld(nil) { world in
                for options in [["--isolated"], []] {
                    let outcome = try world.task(["run", "--wait"] + options + ["--", "true"])
                    #expect(outcome.code == 125)
                    #expect(!outcome.errors.contains("UNSAFE"))
                }
                #expect(try world.leftovers() == [])
            }
        }

        @Test("what only a sandbox can do is refused by its name, and so is an agent that is not installed")
        func options() throws {
            try inWorld(nil) { world in
                let refused: [[String]] = [
                    ["--memory", "1g"], ["--cpus", "1"], ["--pids", "100"], ["--image", "base"], ["--pull", "always"],
                    ["--rebuild"], ["--engine", "docker"], ["--policy", "none"], ["--allow-domain", "example.com"],
                    ["--no-network"],
                ]
                // It is typed for isolated tasks.
                world.environment["TASK_ENGINE"] = "docker"
                for words in refused {
                    let outcome = try world.task(["run", "--unsafe", "--wait"] + words + ["--", "true"])
                    #expect(outcome.code == 2)
                    #expect(
                        outcome.errors.hasPrefix("task: \(words[0]) is for a sandbox, and --unsafe makes none"),
                        "\(outcome.errors)")
                }
                let both = try world.task("run", "--unsafe", "--isolated", "--", "true")
                #expect(both.code == 2 && both.errors.contains("--isolated and --unsafe exclude each other"))
                world.environment["PATH"] = try world.programs(without: ["claude"])
                let agent = try world.task("run", "--unsafe", "--agent", "claude", "--headless", "do it")
                #expect(agent.code == 125)
                #expect(agent.errors.hasPrefix("task: there is no 'claude' in this machine's PATH"), "\(agent.errors)")
                #expect(try world.leftovers() == [])
            }
        }

        @Test("an agent runs with the user's own settings, and asks unless it is told not to")
        func agent() throws {
            try inWorld(nil) { world in
                let folder = "\(world.root)/bin"
                try Files.makeDirectory(folder)
                try Data(
                    #"#!/bin/sh\nfor word; do printf '<%s>' "$word"; done; echo " $CLAUDE_CONFIG_DIR"\n"#
                        .replacing("\\n", with: "\n").utf8
                ).write(to: URL(filePath: "\(folder)/claude"))
                try Files.setMode(0o755, of: "\(folder)/claude")
                world.environment["PATH"] = "\(folder):\(world.environment["PATH"] ?? "")"
                for variable in ["ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"] { world.environment[variable] = nil }
                let asking = try world.task("run", "--unsafe", "--wait", "--agent", "claude", "do it")
                #expect(asking.code == 0, "\(asking.errors)")
                #expect(asking.output == "<--permission-mode><manual><--print><--verbose><--><do it> \n")
                #expect(asking.errors.contains("--no-ask lets it do anything"))
                let alone = try world.task("run", "--unsafe", "--no-ask", "--wait", "--agent", "claude", "do it")
                #expect(alone.output == "<--dangerously-skip-permissions><--print><--verbose><--><do it> \n")
                #expect(!alone.errors.contains("--no-ask"))
            }
        }

        @Test("a team can forbid it, for new tasks and for those that were there before")
        func forbidden() throws {
            try inWorld(nil) { world in
                let name = world.name("before")
                #expect(try world.task("run", "--unsafe", "--wait", "--name", name, "--", "true").code == 0)
                let file = "\(world.root)/config/task/config.json"
                try Files.makeDirectory(Files.parent(of: file))
                try Data(#"{"unsafe": "forbidden"}"#.utf8).write(to: URL(filePath: file))
                for words in [["run", "--unsafe", "--", "true"], ["resume", name]] {
                    let outcome = try world.task(words)
                    #expect(outcome.code == 125)
                    #expect(
                        outcome.errors.hasPrefix(#"task: --unsafe is forbidden by '\#(file)' ("unsafe": "forbidden")"#),
                        "\(outcome.errors)")
                }
                let screen = try Screen(world, ["run", "--", "true"])
                #expect(try screen.waitForExit() == 125)
                #expect(try !screen.text.contains("type the word"))
                try Data(#"{"unsafe": "allowed"}"#.utf8).write(to: URL(filePath: file))
                #expect(try world.task("run", "--unsafe", "--wait", "--", "true").code == 0)
            }
        }

        @Test("without an engine a person can type the word; anything else, and any other place, refuses")
        func confirmation() throws {
            try inWorld(nil) { world in
                let name = world.name("typed")
                for answer in ["yes", "", "UNSAFE"] {
                    let screen = try Screen(world, ["run", "--name", name, "--", "cat"], columns: 160)
                    try screen.wait(for: "type the word unsafe")
                    #expect(try screen.text.contains("nothing isolates it"))
                    try screen.type(answer)
                    try screen.press("Enter")
                    #expect(try screen.waitForExit() == 125)
                    #expect(try screen.text.contains("not confirmed: nothing was started"))
                }
                for words in [["run", "--isolated"], ["run", "--memory", "1g"]] {
                    let screen = try Screen(world, words + ["--name", name, "--", "cat"])
                    #expect(try screen.waitForExit() == 125)
                    #expect(try !screen.text.contains("type the word"))
                }
                #expect(try world.leftovers() == [])

                let screen = try Screen(world, ["run", "--name", name, "--", "cat"], columns: 160)
                try screen.wait(for: "type the word unsafe")
                try screen.type("unsafe")
                try screen.press("Enter")
                try screen.wait(for: "UNSAFE: nothing isolates it")
                #expect(try world.record(name).currentState.isolation == Isolation.none)
                try screen.detach()
                #expect(try screen.waitForExit() == 0)
            }
        }
    }
}
