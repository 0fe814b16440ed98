import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct OutputTests {
        @Test(
            "everything that the agent prints is in the logs, and can be followed to the end", arguments: TestEngine.all
        )
        func everything(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("long")
                try world.start(name, "echo first; sleep 1; seq 1 100000; echo last")
                let expected = (["first"] + (1...100_000).map(String.init) + ["last"]).joined(separator: "\n") + "\n"
                let followed = try world.task("logs", "-f", name)
                #expect(followed.code == 0)
                #expect(followed.output == expected, "\(followed.output.utf8.count) of \(expected.utf8.count) bytes")
                try world.waitForEnd(name)
                #expect(try world.task("logs", name).output == expected)

                let waited = try world.agent(world.name("waited"), "seq 1 100000; exit 3")
                #expect(waited.output == (1...100_000).map { "\($0)\n" }.joined())
                #expect(waited.code == 3)
            }
        }

        /// What an agent could act on a terminal with: title, clipboard, links, queries, cursor, screen, modes, character
        /// sets, C1 controls as UTF-8 and alone, and text that reads the other way round.
        private static let sequences = [
            #"\033]0;title\007"#, #"\033]52;c;cHduZWQ=\007"#, #"\033]8;;http://192.0.2.1/\033\\link\033]8;;\033\\"#,
            #"\033[2J"#, #"\033[1;1H"#, #"\033[6n"#, #"\033[21t"#, #"\033[?1049h"#, #"\033[?2004h"#, #"\033c"#,
            #"\033P+q544e\033\\"#, #"\033_private\033\\"#, #"\033(0"#, #"\302\2332J"#, #"\2332J"#,
            #"\302\235 0;t\302\234"#,
            #"\342\200\256"#, #"\342\201\246"#, #"\007\010\016\017\013\014"#, #"\177"#, #"\033[31mred\033[0m"#,
        ]

        @Test("no control sequence leaves the logs, but for colours on a terminal", arguments: TestEngine.all)
        func controls(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("controls")
                let script = Self.sequences.enumerated().map { "printf 'begin\($0)\($1)end\($0)\\n'" }
                let waited = try world.agent(name, script.joined(separator: "; "))
                #expect(waited.code == 0)

                let raw = try Subprocess(World.program, ["logs", "--raw", name], environment: world.environment)
                    .runBlocking().output
                #expect(
                    contains(raw, "\u{1B}]0;title\u{07}") && contains(raw, "\u{1B}]52;c;") && contains(raw, "\u{1B}[2J")
                )

                let logs = try world.task("logs", name)
                world.environment["NO_COLOR"] = "1"
                let plain = try world.onTerminal(["logs", name])
                world.environment["NO_COLOR"] = nil
                let terminal = try world.onTerminal(["logs", name])
                for text in [waited.output, logs.output, String(decoding: terminal.bytes, as: UTF8.self)] {
                    #expect(acting(Array(text.utf8)) == [])
                    for index in Self.sequences.indices {
                        #expect(text.contains("begin\(index)") && text.contains("end\(index)"), "\(index)")
                    }
                }
                #expect(!logs.output.contains("\u{1B}") && !contains(plain.bytes, "\u{1B}"))
                #expect(contains(terminal.bytes, "\u{1B}[31mred\u{1B}[0m"))

                let refused = try world.onTerminal(["logs", "--raw", name])
                #expect(refused.code == 1)
                #expect(acting(refused.bytes) == [] && !contains(refused.bytes, "begin0"))
            }
        }

        private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
            Data(bytes).range(of: Data(text.utf8)) != nil
        }

        @Test("who waits gets the agent's own exit code", arguments: TestEngine.all)
        func exitCodes(engine: TestEngine) throws {
            try inWorld(engine) { world in
                for (index, (script, code)) in [
                    ("exit 0", Int32(0)), ("exit 7", 7), ("exit 255", 255), ("kill -KILL $$", 137),
                    ("kill -TERM $$", 143),
                    ("kill -SEGV $$", 139),
                ].enumerated() {
                    let outcome = try world.agent(world.name("exit\(index)"), script)
                    #expect(outcome.code == code, "\(script): \(outcome.errors)")
                }
                let missing = try world.task(
                    ["run", "--isolated", "--wait", "--name", world.name("missing"), "--", "/no/such/program"])
                #expect(missing.code == 127, "\(missing.errors)")
            }
        }

        @Test("the agent gets exactly the arguments and variables that were given", arguments: TestEngine.all)
        func arguments(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let words = [
                    "", "two words", "it's", "\"quoted\"", ";", "&& false", "two\nlines", "$HOME", "$(id)", "`id`", "*",
                    "~", "\\", "\\n", "%s", "#{pane_id}", "-x", "--", "--name=x", "grün", "tab\there", "!", "{a,b}",
                    " ",
                ]
                let program = #"print "\@$_=", unpack("H*", $_ < @ARGV ? $ARGV[$_] : $ENV{ODD}), "\n" for 0..@ARGV"#
                let outcome = try world.task(
                    [
                        "run", "--isolated", "--wait", "--name", world.name("words"), "--env", "ODD=\(words.joined())",
                        "--", "perl", "-e", program, "--",
                    ] + words)
                #expect(outcome.code == 0, "\(outcome.errors)")
                let inside = Findings(outcome.output)
                for (index, word) in (words + [words.joined()]).enumerated() {
                    let digits = word.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                    #expect(inside["\(index)"] == digits, "\(word)")
                }
            }
        }
    }
}
