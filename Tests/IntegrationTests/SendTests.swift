import Testing

extension IntegrationTests {
    @Suite struct SendTests {
        private static let echoing = "echo ready; while IFS= read -r line; do printf 'got:%s:\\n' \"$line\"; done"

        @Test("text arrives as it was written, with Enter", arguments: TestEngine.all)
        func text(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("text")
                try world.start(name, Self.echoing)
                try world.wait(name, prints: "ready")
                let texts = [
                    "plain", "a b  c", #"it's "quoted" \ and \n $HOME `id`"#, "one; two ; ;", "äöü 漢字 🙂", "-l", "Enter",
                    "C-c", "#{pane_id} #(id)", "trailing;", "  spaces  ",
                ]
                for text in texts {
                    let outcome = try world.task("send", name, "--", text)
                    #expect(outcome.code == 0, "\(outcome.errors)")
                    #expect(outcome.output + outcome.errors == "")
                    try world.wait(name, prints: "got:\(text):")
                }
            }
        }

        @Test("lines are typed one after the other", arguments: TestEngine.all)
        func lines(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("lines")
                try world.start(name, Self.echoing)
                try world.wait(name, prints: "ready")
                #expect(try world.task("send", name, "first\n\nthird\n").code == 0)
                try world.wait(name, prints: "got:third:")
                let output = try world.task("logs", name).output
                let answers = output.split(separator: "\n").filter { $0.hasPrefix("got:") }
                #expect(answers.prefix(3) == ["got:first:", "got::", "got:third:"])
            }
        }

        @Test("--no-enter leaves the line open", arguments: TestEngine.all)
        func noEnter(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("open")
                try world.start(name, Self.echoing)
                try world.wait(name, prints: "ready")
                #expect(try world.task("send", "--no-enter", name, "half ").code == 0)
                try world.wait(name, prints: "half")
                #expect(try !world.task("logs", name).output.contains("got:"))
                #expect(try world.task("send", name, "whole").code == 0)
                try world.wait(name, prints: "got:half whole:")
            }
        }

        @Test("a long text arrives whole", arguments: TestEngine.all)
        func long(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("long")
                try world.start(name, "stty -icanon -echo; echo ready; head -c 60000 | tr -d '\\n' | wc -c; echo over")
                try world.wait(name, prints: "ready")
                let text = String(repeating: "0123456789", count: 6000)
                let outcome = try world.task("send", "--no-enter", name, text)
                #expect(outcome.code == 0, "\(outcome.errors)")
                try world.wait(name, prints: "over")
                #expect(try world.task("logs", name).output.contains("60000"))
            }
        }

        @Test("control characters are not typed", arguments: TestEngine.all)
        func control(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("control")
                try world.start(name, Self.echoing)
                for (text, shown) in [
                    ("a\u{3}", "\\u{3}"), ("\u{1b}[A", "\\u{1B}"), ("x\u{7f}", "\\u{7F}"), ("\u{9b}31m", "\\u{9B}"),
                    ("a\rb", "\\u{D}"),
                    ("a\r\nb", "\\u{D}"),
                ] {
                    let outcome = try world.task("send", name, text)
                    #expect(outcome.code == 1)
                    #expect(
                        outcome.errors == "task: the text has the control character \(shown), which is not typed\n")
                }
                #expect(try !world.task("events", name).output.contains("  input  "))
            }
        }

        @Test("to one that has ended nothing can be sent", arguments: TestEngine.all)
        func ended(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("ended")
                #expect(try world.agent(name, "exit 0").code == 0)
                let outcome = try world.task("send", name, "hello")
                #expect(outcome.code == 1)
                #expect(
                    outcome.errors
                        == "task: the task '\(name)' has ended (exited 0)\n  next: task resume \(name)\n")
            }
        }
    }
}
