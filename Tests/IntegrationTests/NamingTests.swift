import Foundation
import System
import Testing

extension IntegrationTests {
    @Suite struct NamingTests {
        @Test(
            "tasks are named by the beginning of a name, as the latest, or not at all; what is chosen is said",
            arguments: TestEngine.all)
        func naming(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let (old, one, two) = (world.name("old"), world.name("fix-login"), world.name("fix-logout"))
                #expect(try world.agent(old, "echo said; exit 0").code == 0)
                let none = try world.task("logs")
                #expect(none.code == 2)
                #expect(none.errors.hasPrefix("task: no task is named, and none is running\n"))
                #expect(try world.task("logs", world.name("o")).output.contains("said"))

                try world.start(one, "read -r x; echo got:$x; sleep 1000")
                let only = try world.task("show")
                #expect(only.code == 0 && only.output.hasPrefix("Task        \(one)\n"), "\(only.errors)")
                #expect(only.errors == "task: '\(one)' is the task that runs\n")

                try world.start(two, "sleep 1000")
                let several = try world.task("events")
                #expect(several.code == 2)
                #expect(several.errors.hasPrefix("task: no task is named, and 2 are running: \(two), \(one)\n"))
                let latest = try world.task("show", "-l", "--json")
                #expect(latest.output.contains(#""id":"\#(two)""#) && latest.output.contains(#""inputs":{"#))
                #expect(latest.errors == "task: '\(two)' is the latest task\n")
                #expect(try world.task("show", "-l", "--quiet").errors.isEmpty)
                let ambiguous = try world.task("stop", world.name("fix"))
                #expect(
                    ambiguous.errors
                        == "task: '\(world.name("fix"))' is the beginning of \(one), \(two)\n  next: type more of the name\n"
                )
                let near = try world.task("stop", world.name("fix-lgoin"))
                #expect(near.errors.contains("(did you mean '\(one)'?)"))

                // Elsewhere, the latest is the latest of all; a name is needed where a slip would do harm.
                #expect(try world.task("merge").code == 2)
                #expect(try world.task("rm").code == 2)
                #expect(try world.task("send", world.name("fix-logi"), "hello").code == 0)
                try world.wait(one, prints: "got:hello")
                #expect(try world.task("stop", world.name("fix-logo")).code == 0)
                #expect(try world.task("rm", "-l", "x").code == 2)
                #expect(try world.task("rm", "-l").code == 0)
                #expect(try world.task("list", "-aq").output == "\(one)\n\(old)\n")
            }
        }

        @Test("--verbose tells each request to the engine, and no bodies", arguments: TestEngine.all)
        func verbose(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let plain = try world.task("image", "list", "-q")
                let told = try world.task("image", "list", "-q", "--verbose")
                #expect(told.output == plain.output)
                let lines = told.errors.split(separator: "\n")
                #expect(lines.contains { $0.hasPrefix("task: GET /images/json 200, ") && $0.contains(" ms (") })
                #expect(lines.allSatisfy { $0.hasPrefix("task: ") && !$0.contains("{") && !$0.contains("?") })
                #expect(!plain.errors.contains("GET "))

                // The supervisor's are told by whoever started it.
                let name = world.name("told")
                let run = try world.task("run", "--isolated", "-d", "-v", "--name", name, "--", "sleep", "1000")
                #expect(run.output == "\(name)\n", "\(run.errors)")
                #expect(run.errors.contains("task: supervisor: POST /containers/create 201, "), "\(run.errors)")
            }
        }

        @Test(
            "what takes longer than half a second is shown while it does, and only on a terminal",
            arguments: TestEngine.all.prefix(1))
        func progress(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("slow")
                let ignoring = "trap '' TERM HUP INT; echo ready; while :; do sleep 0.1; done"
                try world.start(name, ignoring)
                try world.wait(name, prints: "ready")
                let screen = try Screen(world, ["stop", "-t", "5s"])
                try screen.wait(for: "stopping '\(name)'  ")
                #expect(try screen.waitForExit() == 0)
                let text = try screen.text
                #expect(!text.contains("stopping") && text.contains("'\(name)' is the task that runs"), "\(text)")

                #expect(try world.task("resume", "-d", name).code == 0)
                try world.wait("it ignores signals again") {
                    try world.task("logs", name).output.components(separatedBy: "ready").count == 3
                }
                let piped = try world.task("stop", "-t", "2s", name)
                #expect(piped == World.Outcome(code: 0, output: "", errors: ""))
            }
        }
    }
}
