public import ImageLibrary

/// What image is wanted, and how far one may go to get it.
public struct ImageRequest: Sendable {
    /// What the environment is made from.
    public var definition: ImageDefinition
    /// The definition of an agent's layer on top; nil for none.
    public var agent: ImageDefinition?
    /// The version in that layer, as its build argument says; nil where it has none.
    public var agentVersion: String?
    /// The project it is for, the top of its working tree; nil where it is for none in particular.
    public var project: String?
    /// When registries are asked.
    public var pull = PullMode.missing
    /// True where everything is built anew, cached or not.
    public var rebuild = false
    /// What the build's own steps may reach.
    public var network = BuildNetwork.engine
    /// Who the agent is inside.
    public var user = AgentUser.current
    /// The variables of the caller; only those that a definition passes on are looked at.
    public var callerEnvironment: [String: String] = [:]

    /// A request; the rest is set afterwards.
    public init(_ definition: ImageDefinition, agent: ImageDefinition? = nil) {
        self.definition = definition
        self.agent = agent
    }
}

/// When a registry is asked for an image.
public enum PullMode: String, Sendable, CaseIterable {
    /// Each time, for what is newer.
    case always
    /// Where the engine does not have it.
    case missing
    /// Not at all.
    case never
}

/// What the steps of a build may reach.
public enum BuildNetwork: Equatable, Sendable {
    /// What the engine gives builds: usually everything.
    case engine
    /// Nothing.
    case none
    /// What a running container reaches, by its id.
    case container(String)
}

/// What happens while an image is found or made. A `step` is the builder's own name for it.
public enum BuildEvent: Equatable, Sendable {
    /// An image is going to be built, and why: it is new, or what changed.
    case began(image: String, reason: String)
    /// A step has begun.
    case started(step: String, name: String)
    /// A step was done before, and its result is used again.
    case cached(step: String)
    /// A step is done.
    case finished(step: String)
    /// A step failed.
    case failed(step: String, message: String)
    /// A step's program wrote a line; or the builder did, where there is no step.
    case log(step: String?, text: String)
    /// Something else takes a while: a pull, an upload, packages.
    case progress(String)
    /// Something that the user should know.
    case notice(String)
    /// An image is there; false where nothing had to be done.
    case ended(image: String, id: String, built: Bool)
}
