public import TaskModel

/// What `task run` asks for.
public struct RunRequest: Sendable {
    /// The directory it was typed in.
    public var directory: String
    /// The name; nil makes one up.
    public var name: String?
    /// Program and arguments.
    public var command: [String]
    /// What to start from.
    public var base = "HEAD"
    /// The engine; nil takes the first that answers.
    public var place: Place?
    /// The image; nil means the base image.
    public var image: String?
    /// Variables for the agent.
    public var environment: [EnvironmentEntry] = []
    /// What it may use.
    public var limits: Limits
    /// Seconds after which it is stopped.
    public var timeout: Int?
    /// Paths to copy in.
    public var includes: [String] = []
    /// What it may reach; nothing by default.
    public var network = NetworkRequest(policies: [], allowedDomains: [])

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
    /// Something that the user should know.
    public var notice: @Sendable (String) -> Void

    /// A listener.
    public init(progress: @escaping @Sendable (String) -> Void, notice: @escaping @Sendable (String) -> Void) {
        self.progress = progress
        self.notice = notice
    }
}
