import CommandLineKit
import Testing

/// Every refusal, word for word.
@Suite("Errors")
struct ErrorTests {
    struct Case: CustomTestStringConvertible {
        let words: [String]
        let text: String
        var environment: [String: String] = [:]

        init(_ words: String..., text: String, environment: [String: String] = [:]) {
            self.words = words
            self.text = text
            self.environment = environment
        }

        var testDescription: String { words.joined(separator: " ") }
    }

    @Test(
        "a wrong command line: code 2, nothing on the output, and where help is",
        arguments: [
            Case("rnu", text: "unknown command 'rnu' (did you mean 'run'?); see 'task --help'"),
            Case("comp", text: "unknown command 'comp' (did you mean 'completion'?); see 'task --help'"),
            Case("frobnicate", text: "unknown command 'frobnicate'; see 'task --help'"),
            Case("fial", text: "unknown command 'fial'; see 'task --help'"),
            Case("", text: "unknown command ''; see 'task --help'"),
            Case("--verison", text: "unknown option '--verison' (did you mean '--version'?); see 'task --help'"),
            Case("--version=1", text: "option '--version' takes no value, got '1'; see 'task --help'"),
            Case("-d", "run", text: "unknown option '-d'; see 'task --help'"),
            Case("--", "run", text: "missing command: run, image, logs, exec, rm, completion; see 'task --help'"),
            Case("image", text: "missing command: build, list; see 'task image --help'"),
            Case("image", "biuld", text: "unknown command 'biuld' (did you mean 'build'?); see 'task image --help'"),
            Case("help", "rnu", text: "unknown command 'rnu' (did you mean 'run'?); see 'task --help'"),
            Case("help", "run", "x", text: "surplus argument 'x'; see 'task run --help'"),
            Case("run", "--nmae", "a", text: "unknown option '--nmae' (did you mean '--name'?); see 'task run --help'"),
            Case("run", "--pol=x", text: "unknown option '--pol' (did you mean '--policy'?); see 'task run --help'"),
            Case("run", "--tracee", text: "unknown option '--tracee'; see 'task run --help'"),
            Case("run", "--xyzzy=1", text: "unknown option '--xyzzy'; see 'task run --help'"),
            Case("run", "-dx", text: "unknown option '-x'; see 'task run --help'"),
            Case("run", "--name", text: "missing value for '--name NAME'; see 'task run --help'"),
            Case("run", "-dn", text: "missing value for '--name NAME'; see 'task run --help'"),
            Case(
                "run", "--name", "--detach",
                text: "missing value for '--name NAME': '--detach' looks like an option "
                    + "(if it is the value, type '--name=--detach'); see 'task run --help'"),
            Case("run", "--name", "--", "x", text: "missing value for '--name NAME'; see 'task run --help'"),
            Case("run", "--detach=no", text: "option '--detach' takes no value, got 'no'; see 'task run --help'"),
            Case("run", "--name", "a", "-nb", text: "option '--name' is given twice; see 'task run --help'"),
            Case("run", "-d", "--detach", text: "option '--detach' is given twice; see 'task run --help'"),
            Case("run", "a", "b", "c", text: "surplus argument 'b'; see 'task run --help'"),
            Case("image", "build", "x", text: "surplus argument 'x'; see 'task image build --help'"),
            Case("logs", text: "missing argument TASK; see 'task logs --help'"),
            Case("rm", text: "missing argument TASK; see 'task rm --help'"),
            Case("exec", "a", text: "missing argument COMMAND after '--'; see 'task exec --help'"),
            Case("exec", "a", "--", text: "missing argument COMMAND after '--'; see 'task exec --help'"),
            Case("exec", "--", "a", text: "missing argument TASK before '--'; see 'task exec --help'"),
            Case(
                "run", "--cpus", "two",
                text: "invalid value 'two' for '--cpus': not a whole number; see 'task run --help'"),
            Case(
                "run", "-e", "A",
                text: "invalid value 'A' for '--env': not of the form KEY=VALUE; see 'task run --help'"),
            Case(
                "run", "--place=dokcer",
                text: "invalid value 'dokcer' for '--place': not one of docker, podman, local "
                    + "(did you mean 'docker'?); see 'task run --help'"),
            Case(
                "completion", "csh",
                text: "invalid value 'csh' for SHELL: not one of bash, zsh, fish (did you mean 'zsh'?); "
                    + "see 'task completion --help'"),
            Case(
                "run",
                text: "invalid value 'many' in the variable TASK_CPUS: not a whole number; see 'task run --help'",
                environment: ["TASK_CPUS": "many"]),
            Case("fail", "usage", text: "--attach and --detach exclude each other; see 'task fail --help'"),
            Case("logs", "a", "\u{1b}[2J\n", text: "surplus argument '\\u{1b}[2J\\u{a}'; see 'task logs --help'"),
        ])
    func usage(example: Case) async {
        let outcome = await run(example.words, environment: example.environment)
        #expect(outcome == Outcome(code: .usage, error: "task: \(example.text)\n"))
    }

    @Test("an error made to be read keeps its text and code, but no control sequence")
    func reportable() async {
        #expect(
            await run("fail", "refused")
                == Outcome(code: ExitCode(125), error: "task: no sandbox 'a\\u{1b}[2Jb'\nsecond line\n"))
    }

    @Test("any other error ends in 1")
    func unforeseen() async {
        #expect(await run("fail", "other") == Outcome(code: .failure, error: "task: engine gone\n"))
    }

    @Test("a handler's own exit code")
    func ownCode() async {
        #expect(await run("rm", "a").code == ExitCode(7))
    }

    @Test("a very long wrong word is answered at once")
    func longWord() async {
        let word = String(repeating: "x", count: 100_000)
        #expect(await run(word).error == "task: unknown command '\(word)'; see 'task --help'\n")
    }
}
