public import FoundationEssentials

/// What was asked for when a task was made (`inputs.json`). Written once, never rewritten; later versions of the
/// program read it, so fields are only ever added.
public struct TaskInputs: Codable, Equatable, Sendable {
    /// The version that this program writes, and the newest that it reads.
    public static let currentVersion = 1

    /// The version of the form.
    public var version = TaskInputs.currentVersion
    /// The name.
    public var id: TaskID
    /// When it was asked for.
    public var createdAt: Date
    /// The repository it works on.
    public var repository: Repository
    /// The commit it starts from.
    public var base: Base
    /// Who the agent's commits are by: the user, as configured in the repository; nil where nobody is.
    public var author: Author?
    /// The directory to start in, relative to the project; empty for the project itself.
    public var subdirectory: String
    /// Ignored or uncommitted paths, relative to the project, that were copied in by name.
    public var includes: [String]
    /// Program and arguments.
    public var command: [String]
    /// Environment variables for the agent.
    public var environment: [EnvironmentEntry]
    /// Where it runs.
    public var place: Place
    /// An image reference; nil means the base image.
    public var image: String?
    /// What it may use.
    public var limits: Limits
    /// Seconds after which the agent is stopped; nil means never.
    public var timeout: Int?
    /// What it may reach, as it was named; nil means nothing. What came of it stands in the state.
    public var network: NetworkRequest?
    /// What the image and the agent bring along; nil where that is nothing.
    public var equipment: Equipment?

    /// All that was asked for.
    public init(
        id: TaskID, createdAt: Date, repository: Repository, base: Base, author: Author?, subdirectory: String,
        includes: [String],
        command: [String], environment: [EnvironmentEntry], place: Place, image: String?, limits: Limits,
        timeout: Int?, network: NetworkRequest? = nil, equipment: Equipment? = nil
    ) {
        self.equipment = equipment
        self.id = id
        self.createdAt = createdAt
        self.repository = repository
        self.base = base
        self.author = author
        self.subdirectory = subdirectory
        self.includes = includes
        self.command = command
        self.environment = environment
        self.place = place
        self.image = image
        self.limits = limits
        self.timeout = timeout
        self.network = network
    }
}

/// What a task was to reach, in the words of who asked.
public struct NetworkRequest: Codable, Equatable, Sendable {
    /// Names of policies, and paths of policy files.
    public var policies: [String]
    /// Further names, each perhaps with a port.
    public var allowedDomains: [String]
    /// Limits of the gateway that differ from the usual, by name; nil for none.
    public var limits: [String: Int]?

    /// A request.
    public init(policies: [String], allowedDomains: [String]) {
        self.policies = policies
        self.allowedDomains = allowedDomains
    }

    /// True where nothing was named: the sandbox reaches nothing.
    public var isEmpty: Bool { policies.isEmpty && allowedDomains.isEmpty }
}

/// A user's git repository.
public struct Repository: Codable, Equatable, Sendable {
    /// The top of the working tree: the project's absolute path, outside and inside the sandbox.
    public var path: String
    /// The repository's common directory (`git rev-parse --git-common-dir`), absolute.
    public var gitDirectory: String
    /// `sha1` or `sha256`.
    public var objectFormat: String

    /// A repository.
    public init(path: String, gitDirectory: String, objectFormat: String) {
        self.path = path
        self.gitDirectory = gitDirectory
        self.objectFormat = objectFormat
    }
}

/// The commit a task starts from.
public struct Base: Codable, Equatable, Sendable {
    /// What the user named: a branch, a tag, a commit; `HEAD` by default.
    public var reference: String
    /// The commit's full id.
    public var commit: String
    /// The branch that the reference is, without `refs/heads/`; nil for anything else.
    public var branch: String?

    /// A base.
    public init(reference: String, commit: String, branch: String?) {
        self.reference = reference
        self.commit = commit
        self.branch = branch
    }
}

/// Who commits are by (`user.name` and `user.email` of git-config(1)).
public struct Author: Codable, Equatable, Sendable {
    /// The name.
    public var name: String
    /// The address.
    public var email: String

    /// An author.
    public init(name: String, email: String) {
        self.name = name
        self.email = email
    }
}

/// One variable for the agent's environment.
public struct EnvironmentEntry: Codable, Equatable, Sendable {
    /// The name.
    public var name: String
    /// The value; nil means: from the environment of whoever starts or resumes the task. Such a value is never stored.
    public var value: String?
    /// Where the value is to be had each time the task is started or resumed: `env:NAME`, `file:PATH`, `command:LINE`.
    /// Nil for one that stands here or that the caller has.
    public var reference: String?

    /// A variable.
    public init(name: String, value: String?, reference: String? = nil) {
        self.name = name
        self.value = value
        self.reference = reference
    }
}

/// What a sandbox may use. Nil means without limit, and has to be asked for.
public struct Limits: Codable, Equatable, Sendable {
    /// None at all.
    public static let none = Limits(memory: nil, milliCPUs: nil, processes: nil)

    /// Bytes of memory; swap is not added to it.
    public var memory: UInt64?
    /// Thousandths of a processor.
    public var milliCPUs: Int?
    /// Processes and threads.
    public var processes: Int?

    /// Limits.
    public init(memory: UInt64?, milliCPUs: Int?, processes: Int?) {
        self.memory = memory
        self.milliCPUs = milliCPUs
        self.processes = processes
    }
}
