/// What a new container is to be: the body of `POST /containers/create`. What is `nil` is left to the engine.
public struct ContainerSpec: Codable, Sendable, Equatable {
    /// The image, by reference or id.
    public var image: String
    /// The arguments; they replace the image's.
    public var command: [String]?
    /// The program; it replaces the image's.
    public var entrypoint: [String]?
    /// The environment beyond the image's, each as `NAME=value`.
    public var environment: [String]?
    /// `uid`, `uid:gid` or names that the image knows.
    public var user: String?
    /// The directory that the program starts in.
    public var workingDirectory: String?
    /// The name that the container sees as its own.
    public var hostname: String?
    /// Labels by which the container is found again.
    public var labels: [String: String]?
    /// Whether the program has a terminal.
    public var tty = false
    /// Whether the program's standard input stays open.
    public var openStdin = false
    /// Seconds between the stop signal and the kill.
    public var stopTimeout: Int?
    /// The program that tells whether the container is well; the image's own where it is `nil`.
    public var healthcheck: Healthcheck?
    /// What the host grants and withholds.
    public var host: HostConfig

    /// A container of an image; everything else is set afterwards.
    public init(image: String, command: [String]? = nil, host: HostConfig = HostConfig()) {
        self.image = image
        self.command = command
        self.host = host
    }

    private enum CodingKeys: String, CodingKey {
        case image = "Image"
        case command = "Cmd"
        case entrypoint = "Entrypoint"
        case environment = "Env"
        case user = "User"
        case workingDirectory = "WorkingDir"
        case hostname = "Hostname"
        case labels = "Labels"
        case tty = "Tty"
        case openStdin = "OpenStdin"
        case stopTimeout = "StopTimeout"
        case healthcheck = "Healthcheck"
        case host = "HostConfig"
    }
}

/// The program that an engine runs in a container now and then: `Healthcheck`.
public struct Healthcheck: Codable, Sendable, Equatable {
    /// `NONE`, or `CMD` and the program with its arguments.
    public var test: [String]

    /// None, whatever the image says.
    public static let none = Healthcheck(test: ["NONE"])

    private enum CodingKeys: String, CodingKey {
        case test = "Test"
    }
}

/// What the host grants to a container and withholds from it: `HostConfig` of `POST /containers/create`.
public struct HostConfig: Codable, Sendable, Equatable {
    /// `none`, `bridge`, `host`, `container:<id>` or the name of a network.
    public var networkMode: String?
    /// Capabilities to take away; `ALL` for all of them.
    public var capDrop: [String]?
    /// Capabilities to give, after those of `capDrop` are gone.
    public var capAdd: [String]?
    /// `no-new-privileges`, `seccomp=<profile>`, `apparmor=<profile>` and so on. Docker takes a system call profile as
    /// JSON, Podman as the path of a file where it runs.
    public var securityOptions: [String]?
    /// Whether the image's files are read-only. Podman then adds writable `/tmp`, `/run` and `/var/tmp`.
    public var readOnlyRoot: Bool?
    /// Memory, in bytes.
    public var memory: Int64?
    /// Memory and swap together, in bytes; equal to `memory` for no swap.
    public var memorySwap: Int64?
    /// Processor time, in billionths of one processor.
    public var nanoCPUs: Int64?
    /// Processes and threads together.
    public var pidsLimit: Int64?
    /// What is mounted, in this order.
    public var mounts: [Mount]?
    /// Memory file systems: path to mount options, such as `size=64m,mode=1777,noexec`.
    public var tmpfs: [String: String]?
    /// Where the program's output is kept.
    public var log: LogConfig?
    /// What happens when the program ends.
    public var restart: RestartPolicy?
    /// `private`, `none` or `shareable`.
    public var ipcMode: String?
    /// `keep-id` and its kind on rootless Podman; Docker takes anything here at create, so send it nothing.
    public var usernsMode: String?
    /// Settings of the kernel's for the container's own namespaces, such as `net.ipv4.ip_unprivileged_port_start`.
    public var sysctls: [String: String]?
    /// Lines for `/etc/hosts`, each as `name:address`.
    public var extraHosts: [String]?
    /// Name servers.
    public var dns: [String]?
    /// Resource limits. On Podman they replace all of its own defaults.
    public var ulimits: [Ulimit]?
    /// The size of `/dev/shm`, in bytes.
    public var shmSize: Int64?
    /// Whether the engine removes the container when its program ends.
    public var autoRemove: Bool?
    /// Whether the engine's own init is process 1. Podman needs catatonit for it.
    public var usesInit: Bool?

    /// Nothing granted beyond the engine's defaults.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case networkMode = "NetworkMode"
        case capDrop = "CapDrop"
        case capAdd = "CapAdd"
        case securityOptions = "SecurityOpt"
        case readOnlyRoot = "ReadonlyRootfs"
        case memory = "Memory"
        case memorySwap = "MemorySwap"
        case nanoCPUs = "NanoCpus"
        case pidsLimit = "PidsLimit"
        case mounts = "Mounts"
        case tmpfs = "Tmpfs"
        case log = "LogConfig"
        case restart = "RestartPolicy"
        case ipcMode = "IpcMode"
        case usernsMode = "UsernsMode"
        case sysctls = "Sysctls"
        case extraHosts = "ExtraHosts"
        case dns = "Dns"
        case ulimits = "Ulimits"
        case shmSize = "ShmSize"
        case autoRemove = "AutoRemove"
        case usesInit = "Init"
    }
}
