public import TaskModel

/// What container to make: all that is decided before an engine is asked. A pure value, so that what a sandbox is can
/// be read and tested without one.
public struct SandboxPlan: Equatable, Sendable {
    /// What the container is for.
    public enum Role: String, Sendable {
        /// The agent works in it.
        case agent
        /// Work is brought out of a workspace whose own container is gone.
        case export
        /// The steps of a build run in its network, which a policy narrows.
        case build
    }

    /// The task.
    public var task: TaskID
    /// What the container is for.
    public var role: Role
    /// The image's id.
    public var image: String
    /// Arguments of the guest, after its own path.
    public var guestArguments: [String]
    /// What is mounted.
    public var volumes: [Volume]
    /// What it may use.
    public var limits: Limits
    /// The system calls that it may make.
    public var seccomp: SeccompProfile

    /// A plan.
    public init(
        task: TaskID, role: Role, image: String, guestArguments: [String], volumes: [Volume], limits: Limits,
        seccomp: SeccompProfile
    ) {
        self.task = task
        self.role = role
        self.image = image
        self.guestArguments = guestArguments
        self.volumes = volumes
        self.limits = limits
        self.seccomp = seccomp
    }
}

/// A list of system calls that a container's processes may make, seccomp(2), in the JSON that engines read.
public struct SeccompProfile: Equatable, Sendable {
    /// Where it is, for an engine that wants a file.
    public let path: String
    /// Its content, for an engine that wants that.
    public let json: String

    /// A profile from its parts.
    public init(path: String, json: String) {
        self.path = path
        self.json = json
    }
}

/// Paths inside a sandbox that are the same in every task.
public enum SandboxPath {
    /// The guest program.
    public static let guest = "/.task/guest"
    /// The mirror's objects, which the private clone borrows.
    public static let objects = "/.task/objects"
    /// The directory with the control socket.
    public static let control = "/run/task"
    /// The agent's home directory.
    public static let home = "/home/agent"
    /// Which name server to ask, resolv.conf(5).
    public static let resolver = "/etc/resolv.conf"
    /// Names that need no server, hosts(5).
    public static let hosts = "/etc/hosts"
    /// What a snapshot brings for the agent's home.
    public static let seed = "/.task/seed"

    /// Why a project cannot be mounted at its own path; nil where it can.
    public static func obstacle(toMounting path: String) -> String? {
        let system = ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "sys", "usr"]
        let exact = ["", "home", "root", "run", "tmp", "var", "var/tmp", ".task"]
        let relative = String(path.drop { $0 == "/" })
        if system.contains(relative) || exact.contains(relative) { return "it would hide a part of the image's system" }
        for owned in [guest, objects, control, home, "/proc", "/sys", "/dev", "/.task"]
        where path == owned || path.hasPrefix(owned + "/") || owned.hasPrefix(path + "/") {
            return "it lies where the sandbox has its own '\(owned)'"
        }
        if path.unicodeScalars.contains(where: { $0 == "," || $0 == ":" || $0 == "\\" || $0.value < 32 || $0 == "\"" })
        {
            return "engines cannot mount a path with a comma, colon, quote, backslash or control character"
        }
        return nil
    }
}
