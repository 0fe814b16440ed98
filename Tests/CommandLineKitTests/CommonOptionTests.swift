import CommandLineKit
import Testing

/// What every command understands without declaring it, and how help is cut to a screen.
@Suite("Common options")
struct CommonOptionTests {
    private static let verbose = Flag("own", short: "v", help: "An own -v")
    private static let names = Flag("quiet", short: "q", help: "Names only")
    private static let rest = RestArguments("WORDS", help: "Words")

    private static func answer(_ invocation: Invocation) -> ExitCode {
        invocation.output.writeLine("\(invocation.verbosity)")
        return .success
    }

    private static let long = (1...12).map { Flag("rare-\($0)", help: "Rare") }
    private static let example = Example("task plain", "Say how much is said")

    private static var program: Program {
        Program(
            name: "task", version: "1", summary: "Run",
            sections: [
                Section(
                    "All",
                    [
                        Command(
                            "plain", summary: "Plain", arguments: [rest], examples: [example],
                            handler: { CommonOptionTests.answer($0) }),
                        Command(
                            "own", summary: "With a --quiet and a -v of its own", options: [verbose, names],
                            examples: [example],
                            handler: { invocation in
                                invocation.output.write("\(invocation[names]) \(invocation[verbose]) ")
                                return answer(invocation)
                            }),
                        Command(
                            "long", summary: "With many options", rareOptions: long,
                            examples: (1...12).map { Example("task long", "Number \($0)") },
                            handler: { CommonOptionTests.answer($0) }),
                    ])
            ], examples: [example])
    }

    private func outcome(_ words: String...) async -> Outcome {
        let output = Capture()
        let error = Capture()
        let code = await Self.program.run(
            arguments: words, environment: [:], output: output.output, errorOutput: error.output)
        return Outcome(code: code, output: output.contents, error: error.contents)
    }

    @Test(
        "before the command and after it",
        arguments: [
            ("plain", "normal"), ("plain --quiet", "quiet"), ("--quiet plain", "quiet"), ("plain -v", "verbose"),
            ("plain --verbose", "verbose"), ("-v plain", "verbose"), ("--verbose plain", "verbose"),
            ("plain -- --quiet -v", "normal"), ("own", "false false normal"), ("own --quiet", "true false normal"),
            ("own -qv", "true true normal"), ("--quiet own", "false false quiet"),
            ("own --verbose", "false false verbose"), ("-v own -v", "false true verbose"),
        ])
    func verbosity(line: String, printed: String) async {
        let words = line.split(separator: " ").map(String.init)
        let output = Capture()
        let code = await Self.program.run(
            arguments: words, environment: [:], output: output.output, errorOutput: output.output)
        #expect(code == .success)
        #expect(output.contents == printed + "\n")
    }

    @Test("they exclude each other, wherever they stand")
    func both() async {
        let text = "task: --quiet and --verbose exclude each other; see 'task plain --help'\n"
        #expect(await outcome("plain", "--quiet", "-v") == Outcome(code: .usage, error: text))
        #expect(await outcome("--quiet", "plain", "--verbose") == Outcome(code: .usage, error: text))
    }

    @Test("shells are told of them")
    func completion() async {
        #expect(
            await outcome("__complete", "plain", "--").output == """
                values
                --help\tShow this help
                --quiet\tSay nothing but errors and warnings
                --verbose\tTell each request to an engine

                """)
        #expect(await outcome("__complete", "-v", "pl").output == "values\nplain\tPlain\n")
        #expect(await outcome("__complete", "own", "--q").output == "values\n--quiet\tNames only\n")
    }

    @Test("help has what fits on a screen, and says where the rest is")
    func screen() async {
        let page = await outcome("long", "--help").output
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count <= 24 && lines.count >= 22)
        #expect(page.contains("Number 1:") && !page.contains("Number 12:") && !page.contains("--rare"))
        #expect(lines.last == "More options and examples: task help long --all")
        let full = await outcome("help", "long", "--all").output
        #expect(full.contains("--rare-12") && full.contains("Number 12:") && full.contains("--verbose"))
        #expect(await outcome("help", "--all", "long").output == full)
        #expect(Self.program.markdown.contains("--rare-12"))
        #expect(Self.program.faults.isEmpty)
    }

    @Test("a page that does not fit even so is a fault")
    func tooLong() {
        let options = (1...30).map { Flag("option-\($0)", help: "Often used") }
        let command = Command(
            "x", summary: "X", options: options, examples: [Self.example], handler: { CommonOptionTests.answer($0) })
        let program = Program(name: "task", version: "1", summary: "Run", sections: [Section("All", [command])])
        #expect(
            program.faults.contains { $0.hasPrefix("'task x' has a help of ") && $0.hasSuffix("are more than 24") })
    }

    @Test("an alias means the option, and is told once")
    func alias() async {
        let force = Flag("force", aliases: ["overwrite", "clobber"], short: "f", help: "Do it")
        let command = Command("x", summary: "X", options: [force], examples: [Self.example]) { invocation in
            invocation.output.write("\(invocation[force])")
            return .success
        }
        let program = Program(name: "task", version: "1", summary: "Run", sections: [Section("All", [command])])
        func run(_ words: String...) async -> Outcome {
            let output = Capture()
            let error = Capture()
            let code = await program.run(
                arguments: words, environment: [:], output: output.output, errorOutput: error.output)
            return Outcome(code: code, output: output.contents, error: error.contents)
        }
        for word in ["--force", "--overwrite", "--clobber", "-f"] {
            #expect(await run("x", word) == Outcome(code: .success, output: "true"))
        }
        #expect(await run("x", "--force", "--overwrite").error.hasPrefix("task: option '--force' is given twice"))
        #expect(await run("x", "--overwrit").error.contains("(did you mean '--overwrite'?)"))
        #expect(await run("x", "--help").output.contains("-f, --force  Do it (also --overwrite, --clobber)"))
        #expect(await run("__complete", "x", "--o").output == "values\n")
    }
}
