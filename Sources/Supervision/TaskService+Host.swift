import Environments
import Glibc
import ImageLibrary
import System
public import TaskModel
import TaskStore

/// What is said of a task that nothing isolates, each time that one starts.
public enum UnsafeWarning {
    /// What can happen, in plain words.
    public static let text = """
        UNSAFE: the agent runs on this machine as you, and nothing isolates it
          it can read, change and delete every file that you can, use your keys, logins and running programs, and reach \
        all that this machine reaches; one mistake, or instructions hidden in a page that it reads, is enough
          it works on a clone and comes back as a branch, but what else it does is not kept apart and cannot be undone
        """
}

extension TaskService {
    /// Why tasks may not run without isolation here; nil where they may.
    public func obstacleToUnsafe(in directory: String) throws(TaskError) -> TaskError? {
        obstacleToUnsafe(try configuration(for: directory))
    }

    private func obstacleToUnsafe(_ configuration: Configuration) -> TaskError? {
        guard configuration.isUnsafeForbidden, let file = configuration.entries["unsafe"]?.file else { return nil }
        return TaskError(
            .noSandbox, "--unsafe is forbidden by '\(PlainText.line(file))' (\"unsafe\": \"forbidden\")",
            next: "task run --isolated …, which task doctor helps to make possible")
    }

    /// Refuses what cannot be done on the host, before anything is made.
    func requireHost(for request: RunRequest, _ configuration: Configuration) throws(TaskError) {
        if let obstacle = obstacleToUnsafe(configuration) { throw obstacle }
        if let option = request.sandboxOptions.first {
            throw TaskError(
                .usage, "\(option) is for a sandbox, and --unsafe makes none", next: "leave out \(option), or --unsafe")
        }
        try requireProgram("tmux", "the agent's terminal is in it", next: "sudo apt-get install tmux")
        guard let name = request.image.agent else { return }
        try requireProgram(
            name, "--unsafe runs the agent that is installed here",
            next:
                "install \(PlainText.line(name)), or let task do it: task run --isolated --agent \(PlainText.line(name))"
        )
    }

    /// Says what the lack of a sandbox means, and what of the configuration is in vain.
    func warn(_ request: RunRequest, _ configuration: Configuration, _ listener: RunListener) {
        if !request.isWarned { listener.warning(UnsafeWarning.text) }
        let keys = configuration.forSandboxes.joined(separator: ", ")
        if !keys.isEmpty { listener.warning("not in force without a sandbox: what the configuration says of \(keys)") }
    }

    private func requireProgram(_ name: String, _ why: String, next: String) throws(TaskError) {
        let places = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .filter { $0.hasPrefix("/") }
        guard !name.contains("/"), places.contains(where: { access("\($0)/\(name)", X_OK) == 0 }) else {
            throw TaskError(
                .noSandbox, "there is no '\(PlainText.line(name))' in this machine's PATH: \(why)", next: next)
        }
    }

    /// What an agent brings along on the host: nothing is installed, mounted or written into its user's home.
    func hostEquipment(_ agent: ChosenAgent?, _ id: TaskID) -> Equipment? {
        guard let agent else { return nil }
        var equipment = Equipment()
        agent.equip(&equipment, id, project: store.directory(id).workspace)
        return equipment
    }

    /// Refuses something that a task's place cannot do, naming why.
    func require(
        _ capability: Capabilities, of directory: TaskDirectory, to purpose: String
    ) throws(TaskError) {
        let place = try directory.readRecord().currentState.place
        guard !place.capabilities.contains(capability) else { return }
        let why = place == .local ? "it runs on this machine itself, without isolation" : "\(place.rawValue) cannot"
        throw TaskError("cannot \(purpose) '\(directory.id)': \(why)", next: "task run --isolated …")
    }
}

extension AgentDefinition {
    /// The agent as its user has it: the program of its name, with the user's own settings and logins. Where its reports
    /// are a matter of settings that only sandboxes get, its terminal tells whether it waits.
    var onHost: AgentDefinition {
        var agent = self
        agent.command = [name]
        agent.environment = [:]
        agent.credentials = []
        agent.policies = []
        agent.files = [:]
        agent.jsonFiles = []
        if agent.waits == .reported { agent.waits = .quiet(seconds: 60) }
        return agent
    }
}
