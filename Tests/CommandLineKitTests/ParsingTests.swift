import CommandLineKit
import Testing

/// What the parser accepts, seen from a handler.
@Suite("Parsing")
struct ParsingTests {
    /// What `task run` prints, with the lines given replaced.
    private func printed(
        name: String = "-", flags: String = "detach=false force=false trace=false", env: String = "[]",
        place: String = "docker", cpus: Int = 0, project: String = "-", agent: String = "[]"
    ) -> Outcome {
        Outcome(
            code: .success,
            output:
                "name=\(name)\n\(flags)\nenv=\(env)\nplace=\(place) cpus=\(cpus)\nproject=\(project) agent=\(agent)\n")
    }

    @Test("nothing given: defaults and absence")
    func nothing() async {
        #expect(await run("run") == printed())
    }

    @Test(
        "the ways to give a value",
        arguments: [["--name", "a"], ["--name=a"], ["-n", "a"], ["-na"], ["-dn", "a"], ["-dna"]])
    func value(words: [String]) async {
        let detach = words[0].hasPrefix("-d")
        #expect(
            await run(["run"] + words)
                == printed(name: "a", flags: "detach=\(detach) force=false trace=false"))
    }

    @Test("values are kept as they are")
    func literalValues() async {
        #expect(await run("run", "--name=") == printed(name: ""))
        #expect(await run("run", "--name=a=b") == printed(name: "a=b"))
        #expect(await run("run", "--name", "-") == printed(name: "-"))
        #expect(await run("run", "--name=--detach") == printed(name: "--detach"))
        #expect(await run("run", "-n--detach") == printed(name: "--detach"))
        #expect(await run("run", "--name", " a\tb ") == printed(name: " a\tb "))
    }

    @Test("flags, bundled, hidden, anywhere")
    func flags() async {
        #expect(await run("run", "-df") == printed(flags: "detach=true force=true trace=false"))
        #expect(
            await run("run", ".", "--trace", "--detach")
                == printed(flags: "detach=true force=false trace=true", project: "."))
    }

    @Test("a repeated option keeps its order")
    func repeated() async {
        #expect(
            await run("run", "-eA=1", "-e", "B=2=3", "--env=C=", "--env", "A=4")
                == printed(env: #"["A:1", "B:2=3", "C:", "A:4"]"#))
    }

    @Test("option, else variable, else default")
    func variables() async {
        let environment = ["TASK_PLACE": "podman", "TASK_CPUS": "4"]
        #expect(await run("run", environment: environment) == printed(place: "podman", cpus: 4))
        #expect(
            await run("run", "--place", "local", "--cpus=2", environment: environment)
                == printed(place: "local", cpus: 2))
        #expect(await run("run", environment: ["TASK_PLACE": "", "TASK_CPUS": ""]) == printed())
        #expect(
            await run("run", "--cpus", "1", environment: ["TASK_CPUS": "many"]) == printed(cpus: 1))
    }

    @Test("rest arguments are never interpreted")
    func rest() async {
        #expect(
            await run("run", "-d", "--", "make", "--help", "-x", "--", "", "a b")
                == printed(
                    flags: "detach=true force=false trace=false",
                    agent: #"["make", "--help", "-x", "--", "", "a b"]"#))
        #expect(await run("run", "dir", "--") == printed(project: "dir"))
    }

    @Test("without rest arguments, '--' only ends the options")
    func endOfOptions() async {
        #expect(
            await run("rm", "a", "--", "-b", "--help")
                == Outcome(
                    code: ExitCode(7), output: "rm=[\"a\", \"-b\", \"--help\"]\n"))
    }

    @Test("arguments of both kinds")
    func arguments() async {
        #expect(await run("logs", "x", "--tail", "5").output == "logs=x tail=5\n")
        #expect(await run("logs", "-").output == "logs=- tail=100\n")
        #expect(await run("exec", "x", "--", "ls").output == "exec=x [\"ls\"]\n")
    }

    @Test("nested commands")
    func nested() async {
        #expect(await run("image", "build") == Outcome(code: .success, output: "built\n"))
    }

    @Test("help and version, answered centrally")
    func central() async {
        #expect(await run("--version") == Outcome(code: .success, output: "task 1.2.3\n"))
        #expect(await run() == run("--help"))
        #expect(await run("-h") == run("help"))
        #expect(await run("help", "--help") == run("help"))
        #expect(await run("run", "--nonsense", "--help") == run("help", "run"))
        #expect(await run("image", "-h") == run("help", "image"))
    }
}
