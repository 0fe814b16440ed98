import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// Variables whose values are had elsewhere, each time that a task starts.
    @Suite struct SecretTests {
        /// Every file below a directory that holds a text; nothing is skipped.
        private func files(below directory: String, with text: String) throws -> [String] {
            let found = try Subprocess("grep", ["-rlaF", "-e", text, directory]).runBlocking(seconds: 60)
            #expect(found.status == .code(0) || found.status == .code(1), "\(found.errorText)")
            return found.outputText.split(separator: "\n").map(String.init)
        }

        @Test(
            "they reach the agent at its start and again when it goes on, and stand in no file",
            arguments: TestEngine.all)
        func reach(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let values = ["one", "two", "three", "four"].map { "hush-\($0)-\(UInt32.random(in: 0...UInt32.max))" }
                let keys = "\(world.root)/keys"
                try Files.makeDirectory(keys)
                try Data("\(values[0])\n".utf8).write(to: URL(filePath: "\(keys)/file"))
                try Files.makeDirectory("\(world.root)/config/task")
                try Data(
                    #"{"environment": {"FROM_CONFIG": "command:cat \#(keys)/configured", "UNASKED": "env:THERE"}}"#.utf8
                )
                .write(to: URL(filePath: "\(world.root)/config/task/config.json"))
                try Data("\(values[3])\n".utf8).write(to: URL(filePath: "\(keys)/configured"))
                world.environment["THERE"] = values[1]
                let name = world.name("secrets")
                // Only digests are printed: the scrollback is a file, too.
                let script = """
                    for v in "$FROM_FILE" "$FROM_ENV" "$FROM_COMMAND" "$FROM_CONFIG"; do printf %s "$v" | sha256sum; done
                    echo "unasked:$UNASKED:"; read -r wait
                    """
                let options = [
                    "--secret", "FROM_FILE=file:../keys/file", "--secret", "FROM_ENV=env:THERE",
                    "--secret", "FROM_COMMAND=command:printf %s \(values[2])x | sed 's/x$//'", "-e", "FROM_CONFIG",
                ]
                // The value is in the reference itself here, which is stored; all but that is looked for.
                try world.start(name, script, options: options)
                try world.wait(name, prints: "unasked::")
                let output = try world.task("logs", name).output
                // Where tasks run, task alone shows them: as a list, and to a person as the dashboard.
                #expect(try world.task().output.contains("\(name)  running"))
                let screen = try Screen(world, [])
                try screen.wait(for: name)
                try screen.press("q")
                #expect(try screen.waitForExit() == 0)
                for value in values { #expect(output.contains(SHA256.hex(value.utf8)), "\(value)\n\(output)") }
                for value in [values[0], values[1], values[3]] {
                    #expect(try files(below: world.state, with: value).isEmpty)
                    #expect(try !engine.run("inspect", try container(world, name)).outputText.contains(value))
                }
                #expect(
                    try files(below: world.state, with: "file:\(world.project)/../keys/file").contains(
                        "\(world.taskDirectory(name))/inputs.json"))

                _ = try world.task("stop", name)
                try Data("renewed\n".utf8).write(to: URL(filePath: "\(keys)/file"))
                #expect(try world.task("resume", "-d", name).code == 0)
                try world.wait(name, prints: SHA256.hex("renewed".utf8))
                _ = try world.task("stop", name)
                try Files.remove("\(keys)/file")
                let failed = try world.task("resume", "-d", name)
                #expect(failed.code == 125 && failed.errors.contains("the variable 'FROM_FILE' is to come from file:"))
                #expect(try world.record(name).currentState.phase == .ended)
            }
        }

        private func container(_ world: World, _ name: String) throws -> String {
            try #require(try world.record(name).currentState.container?.id)
        }

        @Test("what cannot be had stops the start, and leaves nothing")
        func failures() throws {
            try inWorld(TestEngine.all[0]) { world in
                let cases =
                    [
                        (
                            "K=command:echo hush; exit 4", 125,
                            "the variable 'K' is to come from command:echo hush; exit 4, which ended with exit code 4"
                        ),
                        (
                            "K=file:/nowhere", 125,
                            "the variable 'K' is to come from file:/nowhere, which cannot be read"
                        ),
                        ("K=env:NOT_SET", 125, "the variable 'K' is to come from env:NOT_SET, which is not set"),
                        ("K=literal", 2, "no reference: env:NAME, file:PATH, command:LINE"),
                        ("K", 2, "not of the form NAME="),
                    ] as [(String, Int32, String)]
                for (secret, code, message) in cases {
                    let outcome = try world.task(
                        "run", "--isolated", "-d", "--name", world.name("f"), "--secret", secret, "--", "true")
                    #expect(outcome.code == code && outcome.errors.contains(message), "\(outcome)")
                }
                #expect(try world.leftovers().isEmpty)
            }
        }
    }
}
