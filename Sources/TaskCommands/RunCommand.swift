import CommandLineKit
import FoundationEssentials
import Supervision
import System
import TaskModel

/// `task run`
enum RunCommand {
    static let isolated = Flag("isolated", help: "Run in a container, or not at all; there is no other way yet")
    static let name = Option<String>("name", value: "NAME", help: "The task's name; its branch is task/NAME")
    static let detach = Flag("detach", short: "d", help: "Print the name and return when the agent has started")
    static let wait = Flag("wait", help: "Show the output, wait, and exit with the agent's own exit code")
    static let environment = RepeatedOption<EnvironmentEntry>(
        "env", short: "e", value: "K[=V]", help: "A variable for the agent; without a value, the one it has here")
    static let base = DefaultedOption<String>("base", value: "REF", default: "HEAD", help: "The commit to start from")
    static let image = Option<String>("image", value: "REF", help: "The image to run in, instead of task's own")
    static let engine = Option<EngineChoice>("engine", value: "NAME", help: "The engine", variable: "TASK_ENGINE")
    static let include = RepeatedOption<String>(
        "include", value: "PATH", help: "Copy an ignored or uncommitted file in", completion: .file)
    static let policy = RepeatedOption<String>(
        "policy", value: "NAME|FILE", help: "What the task may reach; nothing without one",
        completion: .dynamic("policy"))
    static let allowDomain = RepeatedOption<String>(
        "allow-domain", value: "HOST[:PORT]", help: "A host that the task may reach as well")
    static let noNetwork = Flag("no-network", help: "Reach nothing (the default)")
    static let memory = Option<MemoryLimit>("memory", value: "SIZE", help: "Memory (half of this machine's)")
    static let processors = Option<ProcessorLimit>("cpus", value: "N", help: "Processors (all of this machine's)")
    static let processes = Option<ProcessLimit>("pids", value: "N", help: "Processes and threads (4096)")
    static let timeout = Option<TimeSpan>("timeout", value: "TIME", help: "Stop the agent after this long")
    static let agent = RestArguments("COMMAND", help: "The agent: any program with its arguments", isRequired: true)

    static let command = Command(
        "run", summary: "Start a task: run a command on a private clone of this repository",
        discussion: """
            The clone starts at the commit you are on; uncommitted changes stay out. On a terminal you are attached: \
            C-b d leaves the agent running. What it commits comes back as the branch task/NAME.
            """,
        options: [
            isolated, name, detach, wait, environment, base, image, engine, include, policy, allowDomain, noNetwork,
            memory, processors, processes,
            timeout,
        ],
        arguments: [agent],
        examples: [
            Example("task run --isolated --name fix-login -- ./agent.sh", "Run a script of this repository"),
            Example("task run --isolated --policy agent-default -- my-agent", "Let it reach what agents usually need"),
            Example("task run -d -e API_KEY -- my-agent --fast", "Start in the background, passing on a variable"),
        ],
        handler: serving { (invocation, service) async throws(TaskError) in
            if invocation[detach], invocation[wait] {
                throw TaskError(.usage, "--detach and --wait exclude each other", next: "task run --help")
            }
            let console = Console(invocation)
            let request = try request(invocation)
            let task = try await console.interruptible { listener throws(TaskError) in
                try await service.run(request, listener)
            }
            return try await Following(service: service, task: task, console: console)
                .follow(detach: invocation[detach], wait: invocation[wait])
        })

    private static func request(_ invocation: Invocation) throws(TaskError) -> RunRequest {
        let limits = Limits(
            memory: invocation[memory].map(\.limit.amount) ?? max(1 << 30, Machine.memory / 2),
            milliCPUs: invocation[processors].map(\.limit.amount) ?? Machine.processors * 1000,
            processes: invocation[processes].map(\.limit.amount) ?? 4096)
        var request = RunRequest(
            directory: FileManager.default.currentDirectoryPath, command: invocation[agent], limits: limits)
        request.name = invocation[name]
        request.base = invocation[base]
        request.place = invocation[engine]?.place
        request.image = invocation[image]
        request.environment = invocation[environment]
        request.timeout = invocation[timeout]?.seconds
        request.includes = invocation[include]
        request.network = NetworkRequest(policies: invocation[policy], allowedDomains: invocation[allowDomain])
        if invocation[noNetwork], !request.network.isEmpty {
            throw TaskError(
                .usage, "--no-network excludes --policy and --allow-domain", next: "task run --help")
        }
        return request
    }
}
