import ImageLibrary
public import TaskStore

/// What tasks of a project would run with, as far as that can be told at once: nothing is built, pulled or started.
public struct Overview: Sendable {
    /// The project.
    public var project: RegisteredProject
    /// True where it was not known before.
    public var isNew = false
    /// The engine.
    public var engine: EngineFinding
    /// All agents that can be named, and what there is of their keys.
    public var agents: [AgentFinding] = []
    /// The agent that is likeliest to be wanted; nil where there is none.
    public var agent: AgentFinding?
    /// True where that is configured, and need not be typed.
    public var isAgentConfigured = false
    /// The image.
    public var image: ImageFinding
    /// What the agent may reach; empty for nothing.
    public var agentPolicies: [String] = []
    /// What every task may reach, because it is configured; empty for nothing.
    public var policies: [String] = []
    /// How many changes are not committed; nil where that takes too long to tell.
    public var uncommitted: Int?

    /// An overview; the rest is set afterwards.
    public init(project: RegisteredProject, engine: EngineFinding, image: ImageFinding) {
        self.project = project
        self.engine = engine
        self.image = image
    }
}

/// An agent, and whether it could reach its model. Values are never looked at.
public struct AgentFinding: Equatable, Sendable {
    /// Its name.
    public var name: String
    /// What it is.
    public var purpose: String
    /// The credentials that it would get, each with where from: `ANTHROPIC_API_KEY`, `env:KEY`.
    public var found: [String]
    /// Those of which it needs one; empty where it needs none.
    public var needs: [String]
    /// Why it cannot be used; nil where it can.
    public var problem: String?

    /// True where nothing is missing.
    public var isReady: Bool { problem == nil && (needs.isEmpty || !found.isEmpty) }

    /// An agent.
    public init(name: String, purpose: String, found: [String], needs: [String], problem: String? = nil) {
        self.name = name
        self.purpose = purpose
        self.found = found
        self.needs = needs
        self.problem = problem
    }
}

/// The image that a task would run in.
public struct ImageFinding: Equatable, Sendable {
    /// How far it is.
    public enum State: Equatable, Sendable {
        /// The engine has it.
        case ready
        /// It would be made, or made anew.
        case toBuild
        /// That takes longer to tell than anyone wants to wait here, or nobody can be asked.
        case unknown
        /// It cannot be made; why.
        case unusable(String)
    }

    /// A definition's name, or a reference.
    public var name: String
    /// Why it is this one.
    public var reason: String
    /// How far it is.
    public var state: State

    /// An image.
    public init(name: String, reason: String, state: State) {
        self.name = name
        self.reason = reason
        self.state = state
    }
}
