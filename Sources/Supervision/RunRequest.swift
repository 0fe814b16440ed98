public import Environments
public import TaskModel

/// What `task run` asks for.
public struct RunRequest: Sendable {
    /// The directory it was typed in.
    public var directory: String
    /// The name; nil makes one up.
    public var name: String?
    /// Program and arguments; with an agent, arguments after its own.
    public var command: [String]
    /// What to start from.
    public var base = "HEAD"
    /// The engine; nil takes the first that answers.
    public var place: Place?
    /// The image and the agent in it.
    public var image = ImageChoice()
    /// What the agent is asked; nil for nothing.
    public var prompt: String?
    /// True where the agent runs without a person and ends when the work is done.
    public var isHeadless = false
    /// True where the agent asks for permission; nil does what the place is made for: it asks where nothing isolates it.
    public var asks: Bool?
    /// True where it runs on this machine itself, without isolation.
    public var isUnsafe = false
    /// True where isolation was asked for by name: nobody is asked to do without.
    public var isIsolated = false
    /// True where whoever asks has been shown what that means.
    public var isWarned = false
    /// The options that were given and that only a sandbox can honour, as they are typed.
    public var sandboxOptions: [String] = []
    /// Variables for the agent.
    public var environment: [EnvironmentEntry] = []
    /// What it may use.
    public var limits: Limits
    /// Seconds after which it is stopped.
    public var timeout: Int?
    /// Paths to copy in.
    public var includes: [String] = []
    /// What it may reach; nothing by default, but for what its agent needs.
    public var network = NetworkRequest(policies: [], allowedDomains: [])
    /// True where it reaches nothing, whatever its agent needs.
    public var isOffline = false

    /// A command to run for a directory.
    public init(directory: String, command: [String], limits: Limits) {
        self.directory = directory
        self.command = command
        self.limits = limits
    }
}

/// What is said while a task starts.
public struct RunListener: Sendable {
    /// A step that takes a while; the next one replaces it.
    public var progress: @Sendable (String) -> Void
    /// Something that matters for safety, and is said also to who wants to hear as little as possible.
    public var warning: @Sendable (String) -> Void
    /// Something that the user should know.
    public var notice: @Sendable (String) -> Void
    /// What happens while an image is found or made.
    public var build: @Sendable (BuildEvent) -> Void

    /// A listener.
    public init(
        progress: @escaping @Sendable (String) -> Void, warning: @escaping @Sendable (String) -> Void,
        notice: @escaping @Sendable (String) -> Void, build: @escaping @Sendable (BuildEvent) -> Void
    ) {
        self.progress = progress
        self.warning = warning
        self.notice = notice
        self.build = build
    }
}
