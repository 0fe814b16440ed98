import CommandLineKit
import Synchronization

/// A program that uses everything a declaration can say.
enum Sample {
    enum Place: String, ChoiceValue {
        case docker, podman, local
    }

    struct Entry: OptionValue, Equatable {
        let key: String
        let value: String

        init(argument: String) throws(ValueError) {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw ValueError("not of the form KEY=VALUE") }
            (key, value) = (String(parts[0]), String(parts[1]))
        }
    }

    struct Refused: ReportableError {
        let message: String
        var exitCode: ExitCode { ExitCode(125) }
    }

    struct Unforeseen: Error, CustomStringConvertible {
        let description: String
    }

    enum Run {
        static let name = Option<String>("name", short: "n", value: "NAME", help: "Call the task NAME")
        static let detach = Flag("detach", short: "d", help: "Return as soon as the task has started")
        static let force = Flag("force", short: "f", help: "Start even if the working copy has changes")
        static let variables = RepeatedOption<Entry>(
            "env", short: "e", value: "KEY=VALUE", help: "Set an environment variable of the task")
        static let place = DefaultedOption<Place>(
            "place", value: "PLACE", default: .docker, help: "Where the task runs", variable: "TASK_PLACE")
        static let cpus = Option<Int>("cpus", value: "N", help: "At most N processors", variable: "TASK_CPUS")
        static let policy = Option<String>(
            "policy", value: "FILE", help: "What the task may reach on the network", completion: .file)
        static let trace = Flag("trace", help: "Print every step", isHidden: true)
        static let project = OptionalArgument<String>(
            "PROJECT", help: "The directory to work on", completion: .directory)
        static let agent = RestArguments("COMMAND", help: "What to run in place of the agent")

        static let command = Command(
            "run", summary: "Start an agent in a sandbox of its own",
            discussion: """
                The task gets a private copy of the repository, a network allow-list and a terminal session that
                outlives this command. Its work comes back as the branch task/<id>.

                  task run            the project's agent
                  task run -- make    any command

                Nothing of *your* checkout is mounted.
                """,
            options: [name, detach, force, variables], rareOptions: [place, cpus, policy, trace],
            arguments: [project, agent],
            examples: [
                Example("task run -d --name fix-login", "Start a task in the background"),
                Example("task run -e CI=1 -- make test", "Run a command instead of the agent"),
            ]
        ) { invocation in
            let output = invocation.output
            output.writeLine("name=\(invocation[name] ?? "-")")
            output.writeLine("detach=\(invocation[detach]) force=\(invocation[force]) trace=\(invocation[trace])")
            output.writeLine("env=\(invocation[variables].map { "\($0.key):\($0.value)" })")
            output.writeLine("place=\(invocation[place]) cpus=\(invocation[cpus] ?? 0)")
            output.writeLine("project=\(invocation[project] ?? "-") agent=\(invocation[agent])")
            return .success
        }
    }

    static let tasks = RepeatedArgument<String>(
        "TASK", help: "The tasks to remove", isRequired: true, completion: .dynamic("task"))
    static let remove = Command(
        "rm", summary: "Remove tasks", arguments: [tasks], examples: [Example("task rm fix-login", "Remove one task")]
    ) { invocation in
        invocation.output.writeLine("rm=\(invocation[tasks])")
        return ExitCode(7)
    }

    static let target = Argument<String>("TASK", help: "The task to look at", completion: .dynamic("task"))
    static let lines = DefaultedOption<Int>("tail", value: "LINES", default: 100, help: "How many lines to begin with")
    static let logs = Command(
        "logs", summary: "Show a task's output", options: [lines], arguments: [target],
        examples: [Example("task logs --tail 20 fix-login", "Show the last lines")]
    ) { invocation in
        invocation.output.writeLine("logs=\(invocation[target]) tail=\(invocation[lines])")
        return .success
    }

    static let execTarget = Argument<String>("TASK", help: "The task to enter", completion: .dynamic("task"))
    static let execCommand = RestArguments("COMMAND", help: "What to run there", isRequired: true)
    static let exec = Command(
        "exec", summary: "Run a command inside a task", arguments: [execTarget, execCommand],
        examples: [Example("task exec fix-login -- git status", "Look inside")]
    ) { invocation in
        invocation.output.writeLine("exec=\(invocation[execTarget]) \(invocation[execCommand])")
        return .success
    }

    static let image = Command(
        "image", summary: "Build and list images",
        subcommands: [
            Command("build", summary: "Build the project's image", examples: [Example("task image build", "Build it")])
            {
                $0.output.writeLine("built")
                return .success
            },
            Command("list", summary: "List the images", examples: [Example("task image list", "List them")]) { _ in
                .success
            },
        ])

    static let kind = Argument<String>("KIND", help: "How to fail")
    static let fail = Command("fail", summary: "Fail", arguments: [kind], isHidden: true) { invocation in
        switch invocation[kind] {
        case "refused": throw Refused(message: "no sandbox 'a\u{1b}[2Jb'\nsecond line")
        case "usage": throw UsageError("--attach and --detach exclude each other")
        default: throw Unforeseen(description: "engine gone")
        }
    }

    static let program = Program(
        name: "task", version: "1.2.3", summary: "Run coding agents in sandboxes",
        discussion: "Each task works on a copy of the repository and comes back as a branch.",
        sections: [
            Section("Start", [Run.command, image]),
            Section("Watch", [logs, exec]),
            Section("Clean up", [remove, .completion(for: "task"), fail]),
        ],
        examples: [Example("task run", "Start an agent on the project in this directory")],
        exitStatuses: [ExitStatus("0", "Done"), ExitStatus("128+n", "Ended by signal n")],
        completions: [
            "task": { environment in
                [Candidate("fix-login", "running"), Candidate("fix-logout", "done"), Candidate("$(reboot)", "hostile")]
                    + (environment["EXTRA"].map { [Candidate($0)] } ?? [])
            }
        ])
}

/// What a run of the sample program left behind.
struct Outcome: Equatable {
    var code: ExitCode
    var output = ""
    var error = ""
}

final class Capture: Sendable {
    private let text = Mutex("")

    var output: TextOutput { TextOutput { text in self.text.withLock { $0 += text } } }
    var contents: String { text.withLock { $0 } }
}

func run(_ arguments: String..., environment: [String: String] = [:]) async -> Outcome {
    await run(arguments, environment: environment)
}

func run(_ arguments: [String], environment: [String: String] = [:]) async -> Outcome {
    let output = Capture()
    let error = Capture()
    let code = await Sample.program.run(
        arguments: arguments, environment: environment, output: output.output, errorOutput: error.output)
    return Outcome(code: code, output: output.contents, error: error.contents)
}
