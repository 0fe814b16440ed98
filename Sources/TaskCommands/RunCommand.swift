import CommandLineKit
import Environments
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task run`
enum RunCommand {
    static let isolated = Flag("isolated", help: "Run in a container, or not at all (the default)")
    static let unsafe = Flag(
        "unsafe", aliases: ["no-sandbox"], help: "Run right here, WITHOUT isolation")
    static let name = Option<String>("name", value: "NAME", help: "The task's name; its branch is task/NAME")
    static let detach = Flag("detach", short: "d", help: "Print the name and return when the agent has started")
    static let wait = Flag("wait", help: "Show the output, wait, and exit with the agent's own exit code")
    static let environment = RepeatedOption<EnvironmentEntry>(
        "env", short: "e", value: "K[=V]", help: "A variable; without a value, yours")
    static let secret = RepeatedOption<SecretEntry>(
        "secret", value: "NAME=REF", help: "A variable from env:NAME, file:PATH or command:LINE, at every start")
    static let base = DefaultedOption<String>("base", value: "REF", default: "HEAD", help: "The commit to start from")
    static let image = Option<String>(
        "image", value: "NAME|REF",
        help: "The image to run in, by its definition or reference, instead of the project's",
        completion: .dynamic("image"))
    static let pull = Option<PullMode>("pull", value: "WHEN", help: "When a registry is asked for images (missing)")
    static let rebuild = Flag("rebuild", help: "Build the image anew, whether it is up to date or not")
    static let agent = Option<String>(
        "agent", value: "NAME", help: "The coding agent to run: claude, for instance", completion: .dynamic("agent"))
    static let ask = Flag("ask", help: "Let the agent ask before it acts; otherwise the sandbox is its only limit")
    static let noAsk = Flag("no-ask", help: "Let the agent act without asking, with --unsafe too")
    static let headless = Flag("headless", help: "Let the agent work without a person, and end when it is done")
    static let engine = Option<EngineChoice>("engine", value: "NAME", help: "The engine", variable: "TASK_ENGINE")
    static let include = RepeatedOption<String>(
        "include", value: "PATH", help: "Copy an ignored or uncommitted file in", completion: .file)
    static let policy = RepeatedOption<String>(
        "policy", value: "NAME|FILE", help: "What the task may reach",
        completion: .dynamic("policy"))
    static let allowDomain = RepeatedOption<String>(
        "allow-domain", value: "HOST[:PORT]", help: "A host that the task may reach as well")
    static let noNetwork = Flag("no-network", help: "Reach nothing (the default without an agent)")
    static let memory = Option<MemoryLimit>("memory", value: "SIZE", help: "Memory (half of this machine's)")
    static let processors = Option<ProcessorLimit>("cpus", value: "N", help: "Processors (all of this machine's)")
    static let processes = Option<ProcessLimit>("pids", value: "N", help: "Processes and threads (4096)")
    static let timeout = Option<TimeSpan>("timeout", value: "TIME", help: "Stop the agent after this long")
    static let prompt = OptionalArgument<String>("PROMPT", help: "What the agent of --agent is to do")
    static let words = RestArguments(
        "COMMAND", help: "Any program; with --agent, further arguments for that")

    static let command = Command(
        "run", summary: "Start a task: an agent or a command in a private clone",
        discussion: """
            The agent's commits come back as the branch task/NAME. C-b d leaves it running.

            The clone starts at the commit you are on; uncommitted changes stay out. With --wait, and where there is no \
            terminal, an agent with a prompt works alone and ends when it is done.
            """,
        options: [
            isolated, unsafe, name, agent, detach, environment, policy,
        ],
        rareOptions: [
            wait, image, ask, noAsk, headless, secret, include, base, allowDomain, noNetwork, pull, rebuild, engine,
            memory,
            processors, processes, timeout,
        ],
        arguments: [prompt, words],
        examples: [
            Example("task run --isolated --agent claude \"fix the failing test\"", "Let Claude Code do it"),
            Example("task run --isolated --name fix-login -- ./agent.sh", "Run a script of this repository"),
            Example("task run --isolated --policy agent-default -- my-agent", "Let it reach what agents usually need"),
            Example("task run -d -e API_KEY -- my-agent --fast", "Start in the background, passing on a variable"),
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            if invocation[detach], invocation[wait] {
                throw TaskError(.usage, "--detach and --wait exclude each other", next: "task run --help")
            }
            let console = Console(invocation)
            let directory = FileManager.default.currentDirectoryPath
            let configuration = try service.configuration(for: directory)
            let request = try request(invocation, directory, configuration, isInteractive: console.isInteractive)
            if let notice = configuration.fromProject { console.say(notice) }
            let task = try await run(request, service, console)
            return try await Following(service: service, task: task, console: console)
                .follow(detach: invocation[detach], wait: invocation[wait])
        })

    /// What only a sandbox can honour.
    private static let sandboxOptions: [any CommandOption] = [
        image, pull, rebuild, engine, policy, allowDomain, noNetwork, memory, processors, processes,
    ]

    private static func request(
        _ invocation: Invocation, _ directory: String, _ configuration: Configuration, isInteractive: Bool
    ) throws(TaskError) -> RunRequest {
        let usual = configuration.limits
        let limits = Limits(
            memory: invocation[memory].map(\.limit.amount) ?? usual.memory,
            milliCPUs: invocation[processors].map(\.limit.amount) ?? usual.milliCPUs,
            processes: invocation[processes].map(\.limit.amount) ?? usual.processes)
        var request = RunRequest(directory: directory, command: invocation[words], limits: limits)
        request.isIsolated = invocation[isolated]
        request.isUnsafe = invocation[unsafe]
        request.sandboxOptions = sandboxOptions.filter { invocation.isTyped($0) }.map { $0.declaration.spelling }
        if request.isIsolated, request.isUnsafe {
            throw TaskError(.usage, "--isolated and --unsafe exclude each other", next: "task run --help")
        }
        request.name = invocation[name]
        request.base = invocation[base]
        request.place = invocation[engine]?.place ?? configuration.engine
        request.image.image = invocation[image] ?? configuration.image
        request.image.pull = invocation[pull] ?? .missing
        request.image.rebuild = invocation[rebuild]
        // A command that was typed is what is meant, and not words for an agent.
        request.image.agent = invocation[agent] ?? (request.command.isEmpty ? configuration.agent : nil)
        try setAgent(of: &request, invocation, isInteractive: isInteractive)
        request.environment = invocation[environment]
        for entry in invocation[secret] { request.environment.append(try entry.variable(in: directory)) }
        request.timeout = invocation[timeout]?.seconds ?? configuration.timeout
        request.includes = invocation[include]
        request.network = NetworkRequest(policies: invocation[policy], allowedDomains: invocation[allowDomain])
        if invocation[noNetwork], !request.network.isEmpty {
            throw TaskError(
                .usage, "--no-network excludes --policy and --allow-domain", next: "task run --help")
        }
        request.isOffline = invocation[noNetwork]
        if !request.isOffline, invocation[policy].isEmpty { request.network.policies = configuration.policies }
        return request
    }

    /// With an agent, the words after the two dashes are its own. The first is its prompt where none was given before
    /// and it is no option.
    private static func setAgent(
        of request: inout RunRequest, _ invocation: Invocation, isInteractive: Bool
    ) throws(TaskError) {
        request.prompt = invocation[prompt]
        if invocation[ask], invocation[noAsk] {
            throw TaskError(.usage, "--ask and --no-ask exclude each other", next: "task run --help")
        }
        request.asks = invocation[ask] ? true : invocation[noAsk] ? false : nil
        request.isHeadless = invocation[headless]
        guard request.image.agent != nil else {
            if let word = request.prompt {
                throw TaskError(
                    .usage, "'\(PlainText.line(word, limit: 80))' is a prompt, and no --agent is named",
                    next: "task run --isolated -- <command>, or task run --isolated --agent claude \"…\"")
            }
            return
        }
        if request.prompt == nil, let first = request.command.first, !first.hasPrefix("-") {
            request.prompt = request.command.removeFirst()
        }
        if request.prompt?.isEmpty == true { throw TaskError(.usage, "the prompt is empty", next: "task run --help") }
        // Without a terminal nobody would ever tell it that it may end.
        let isAlone = invocation[wait] || !isInteractive && !invocation[detach]
        if isAlone, request.prompt != nil { request.isHeadless = true }
    }
}
