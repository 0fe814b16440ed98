/// What a task's image and agent bring along, settled when the task was made: later versions of the definitions change
/// nothing for it.
public struct Equipment: Codable, Equatable, Sendable {
    /// The agent; nil where a plain command runs.
    public var agent: AgentRun?
    /// What is run when the task goes on; nil for the same command again.
    public var resumeCommand: [String]?
    /// What is run in the sandbox before the agent.
    public var setup: [SetupStep] = []
    /// Files below the agent's home, written before its first start: relative path → content.
    public var files: [String: String] = [:]
    /// Variables for the agent.
    public var environment: [String: String] = [:]
    /// What is mounted besides: caches, and what the user's own configuration allows.
    public var volumes: [Volume] = []
    /// How it is noticed that the agent waits; nil where it never does.
    public var waits: WaitingSign?

    /// Nothing; what there is is set afterwards.
    public init() {}
}

/// An agent at work.
public struct AgentRun: Codable, Equatable, Sendable {
    /// Its name: `claude`.
    public var name: String
    /// What it was asked; nil where it starts by listening.
    public var prompt: String?
    /// True where it runs without a person and ends when the work is done.
    public var isHeadless: Bool
    /// True where it asks for permission.
    public var asks: Bool

    /// An agent with its prompt.
    public init(name: String, prompt: String?, isHeadless: Bool, asks: Bool) {
        self.name = name
        self.prompt = prompt
        self.isHeadless = isHeadless
        self.asks = asks
    }
}

/// Something run in the sandbox, as the agent's user and under its policy, before the agent starts for the first time
/// (or each time).
public struct SetupStep: Codable, Equatable, Sendable {
    /// What it is called in messages: `postCreateCommand`.
    public var name: String
    /// Program and arguments; a shell line is `["/bin/sh", "-c", line]`.
    public var command: [String]
    /// True where it is run at every start and not only at the first.
    public var isRepeated: Bool

    /// A step.
    public init(name: String, command: [String], isRepeated: Bool = false) {
        self.name = name
        self.command = command
        self.isRepeated = isRepeated
    }
}

/// How it is noticed that an agent waits for its user.
public enum WaitingSign: Codable, Equatable, Sendable {
    /// It writes `busy`, or `waiting` and the reason, to the file that the variable `TASK_STATUS` names.
    case reported
    /// Nothing new is on its terminal for so many seconds.
    case quiet(seconds: Int)
}
