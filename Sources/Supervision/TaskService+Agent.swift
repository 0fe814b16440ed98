import Environments
import ImageLibrary
import System
import TaskModel

/// An agent that is going to run, and what was asked of it. All that can be refused about it was.
struct ChosenAgent {
    let definition: AgentDefinition
    let run: AgentRun
    /// Arguments after its own.
    let arguments: [String]
    /// The caller's variables that it gets; their values are never stored.
    let passed: [EnvironmentEntry]
    /// The home directory that it has.
    let home: String

    /// Program and arguments.
    func invocation(_ task: TaskID, project: String) -> [String] {
        definition.invocation(
            prompt: run.prompt, headless: run.isHeadless, asks: run.asks, extra: arguments, project: project,
            name: task.description, home: home)
    }

    /// What it brings along for a task, beside what its image does.
    func equip(_ equipment: inout Equipment, _ task: TaskID, project: String) {
        let name = task.description
        equipment.agent = run
        equipment.resumeCommand = definition.resumption(
            prompt: run.prompt, headless: run.isHeadless, asks: run.asks, extra: arguments, project: project,
            name: name, home: home)
        equipment.files = definition.files(prompt: run.prompt, project: project, name: name, home: home)
        equipment.environment.merge(definition.environment(project: project, name: name, home: home)) { $1 }
        // One that works alone ends instead of waiting.
        equipment.waits = run.isHeadless ? nil : definition.waits
    }
}

extension TaskService {
    /// The agent that a request names; nil where it names a command.
    func chooseAgent(
        _ request: RunRequest, _ library: ImageLibrary, _ configuration: Configuration, _ listener: RunListener
    ) throws(TaskError) -> ChosenAgent? {
        guard let name = request.image.agent else {
            if request.prompt != nil || request.isHeadless || request.asks != nil {
                throw TaskError(
                    .usage, "a prompt, --ask and --headless are for an agent", next: "task run --agent claude …")
            }
            return nil
        }
        if request.isHeadless, request.prompt == nil {
            throw TaskError(
                .usage, "an agent that runs without a person needs to be told what to do",
                next: "task run --agent \(PlainText.line(name)) --headless \"fix the failing test\"")
        }
        let known = try library.agent(name)
        let definition = request.isUnsafe ? known.onHost : known
        // The sandbox is what lets an agent go without questions. Where there is none, its user has to say it.
        let asks = request.asks ?? request.isUnsafe
        if asks, request.isUnsafe, request.isHeadless {
            listener.notice(
                "'\(name)' works alone and does only what its own settings allow; --no-ask lets it do anything")
        }
        let given = Set(request.environment.map(\.name))
        let passed = passed(by: definition, configuration).filter { !given.contains($0.name) }
        try requireCredentials(of: definition, given.union(passed.map(\.name)), request, listener)
        return ChosenAgent(
            definition: definition,
            run: AgentRun(name: name, prompt: request.prompt, isHeadless: request.isHeadless, asks: asks),
            arguments: request.command, passed: passed,
            home: request.isUnsafe ? Directories(environment: environment).home : SandboxPath.home)
    }

    /// The variables that an agent gets: those that are set here, and those that the configuration knows a source of.
    func passed(by agent: AgentDefinition, _ configuration: Configuration) -> [EnvironmentEntry] {
        agent.passes.compactMap { name in
            if !(environment[name] ?? "").isEmpty { return EnvironmentEntry(name: name, value: nil) }
            return configuration.reference(name).map { EnvironmentEntry(name: name, from: $0) }
        }
    }

    /// An agent that nobody watches would fail for want of a key; to one at a terminal it can be told.
    private func requireCredentials(
        of agent: AgentDefinition, _ given: Set<String>, _ request: RunRequest, _ listener: RunListener
    ) throws(TaskError) {
        guard let first = agent.credentials.first,
            given.union(agent.environment.keys).isDisjoint(with: agent.credentials)
        else { return }
        let names = agent.credentials.joined(separator: ", ")
        let message =
            agent.credentials.count == 1
            ? "the agent '\(agent.name)' needs the variable \(names), which is not set"
            : "the agent '\(agent.name)' needs one of the variables \(names), and none is set"
        let advice = "export \(first)=…, or task run --secret \(first)=file:~/…"
        if request.isHeadless { throw TaskError(.noSandbox, message, next: advice) }
        listener.notice("\(message); it can be told at its terminal, or: \(advice)")
    }

    /// What a task may reach: what was asked for, and the policies that its agent needs.
    func networkRequest(
        _ request: RunRequest, for agent: AgentDefinition?, _ listener: RunListener
    ) -> NetworkRequest {
        var network = request.network
        guard let agent else { return network }
        let missing = agent.policies.filter { !network.policies.contains($0) }
        if missing.isEmpty { return network }
        if request.isOffline {
            listener.notice("--no-network: the agent \(agent.name) cannot reach its model")
            return network
        }
        network.policies += missing
        let noun = missing.count == 1 ? "policy" : "policies"
        listener.notice("\(noun) \(missing.joined(separator: ", ")), from the agent \(agent.name)")
        return network
    }

    /// What an image and an agent bring along for a task, settled now: later versions of their definitions change nothing.
    ///
    /// - Returns: nil where that is nothing.
    func equipment(
        _ agent: ChosenAgent?, _ image: ImageRequest, _ library: ImageLibrary, _ id: TaskID, project: String,
        engine: EnvironmentService
    ) throws(TaskError) -> Equipment? {
        var equipment = Equipment()
        let definition = image.definition
        equipment.setup = definition.setup
        // What a definition keeps and says goes on into what is built on it.
        var whole = definition
        for part in try library.chain(of: definition).reversed() + [image.agent].compactMap({ $0 }) {
            whole.caches.removeAll { old in part.caches.contains { $0.name == old.name || $0.path == old.path } }
            whole.caches += part.caches
            for cache in part.caches { equipment.environment.merge(cache.environment) { $1 } }
            equipment.environment.merge(part.environment) { $1 }
        }
        equipment.volumes = engine.cacheVolumes(for: whole, project: project, user: image.user)
        equipment.volumes += definition.mounts.map {
            Volume(
                .extra, source: $0.source, target: $0.target, readOnly: $0.readOnly, isNamed: $0.isVolume ? true : nil)
        }
        agent?.equip(&equipment, id, project: project)
        return equipment == Equipment() ? nil : equipment
    }
}
