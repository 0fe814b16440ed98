import CommandLineKit
import Synchronization
import Testing

@Suite("A program that is started without a word") struct StartTests {
    private func run(_ words: String..., start: Command.Handler?) async -> (code: ExitCode, output: String) {
        let program = Program(
            name: "task", version: "1", summary: "Runs agents",
            sections: [
                Section(
                    "Start",
                    [Command("run", summary: "Start one", examples: [Example("task run", "Start")]) { _ in .success }])
            ],
            start: start)
        let text = Mutex("")
        let output = TextOutput { more in text.withLock { $0 += more } }
        let code = await program.run(arguments: words, environment: [:], output: output, errorOutput: output)
        return (code, text.withLock { $0 })
    }

    private let start: Command.Handler = { invocation in
        invocation.output.writeLine("started")
        return ExitCode(3)
    }

    @Test("does what it declares for that, and nothing else does")
    func starts() async {
        let outcome = await run(start: start)
        #expect(outcome.code == ExitCode(3) && outcome.output == "started\n")
        #expect(await run("--help", start: start).output.contains("Usage: task <command>"))
        #expect(await run("--version", start: start).output == "task 1\n")
        #expect(
            await run("rnu", start: start).output
                == "task: unknown command 'rnu' (did you mean 'run'?); see 'task --help'\n")
        #expect(await run("--", start: start).code == .usage)
    }

    @Test("shows its help where it declares nothing")
    func help() async {
        #expect(await run(start: nil).output.contains("Usage: task <command>"))
    }
}
