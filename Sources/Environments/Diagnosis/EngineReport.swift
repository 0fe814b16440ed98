import EngineAPI
public import System
public import TaskModel

/// What an engine says of itself and of the machine that it runs on, as far as it matters to sandboxes.
public struct EngineReport: Equatable, Sendable {
    /// Docker or Podman.
    public var place = Place.docker
    /// Its socket.
    public var socket = ""
    /// Its own version.
    public var version = ""
    /// The newest API version that it speaks.
    public var api = ""
    /// What makes its containers, with a version: `runc 1.1.5`.
    public var runtime = ""
    /// True where it runs without the rights of root.
    public var isRootless = false
    /// How images are stored: `overlay2`.
    public var storage = ""
    /// Where they are; empty where it does not say.
    public var root = ""
    /// `1` or `2`.
    public var controlGroups = ""
    /// What it says that it cannot limit: `memory`, `processes`, `processors`.
    public var unlimited: [String] = []
    /// Its security options by name: `seccomp`, `apparmor`, `selinux`, `userns`, `rootless`.
    public var security: Set<String> = []

    /// An empty one.
    public init() {}
}

/// A container of this user's tasks, as an engine lists it.
public struct OwnContainer: Equatable, Sendable {
    /// The container's id.
    public var id: String
    /// The container's name.
    public var name: String
    /// The task or build that it belongs to; nil for one that looks into an image.
    public var task: String?
    /// `agent`, `export`, `build`, `probe`, `test`, `snapshot`; nil for a step of a build.
    public var role: String?
    /// The process that made it; nil for a step of a build.
    public var maker: ProcessIdentity?
    /// True while a program runs in it.
    public var isRunning: Bool
    /// When it was made, in seconds since 1970.
    public var created: Int64

    /// True for one that only its maker had a use for, when that has gone.
    public var isForsaken: Bool {
        guard let role, ["probe", "test", "snapshot"].contains(role), let maker else { return false }
        return maker.process == nil
    }

    /// A container.
    public init(
        id: String, name: String, task: String?, role: String?, maker: ProcessIdentity?, isRunning: Bool, created: Int64
    ) {
        self.id = id
        self.name = name
        self.task = task
        self.role = role
        self.maker = maker
        self.isRunning = isRunning
        self.created = created
    }
}

extension EnvironmentService {
    /// The engine's own version. Podman takes a quarter of a second to say all that `report()` tells; this is what it
    /// greets with.
    public func version() async throws(TaskError) -> String {
        try await engine("ask \(place.rawValue) what it is") { () async throws(EngineError) in
            if let version = try await client.greeting().software { return Self.short(version) }
            return Self.short(try await client.version().version)
        }
    }

    /// What the engine says of itself. Nothing is started.
    public func report() async throws(TaskError) -> EngineReport {
        let (version, info) = try await engine("ask \(place.rawValue) what it is") { () async throws(EngineError) in
            (try await client.version(), try await client.info())
        }
        var report = EngineReport()
        report.place = place
        report.socket = socket
        report.version = Self.short(version.version ?? info.serverVersion)
        report.api = Self.short(version.api)
        report.runtime = Self.runtime(version, info)
        report.isRootless = traits.isRootless || info.isRootless
        report.storage = Self.short(info.driver)
        report.root = info.rootDirectory ?? ""
        report.controlGroups = Self.short(info.cgroupVersion)
        let limits = [
            ("memory", info.limitsMemory), ("processes", info.limitsProcesses), ("processors", info.limitsProcessors),
        ]
        report.unlimited = limits.filter { $0.1 == false }.map(\.0)
        for option in info.securityOptions ?? [] {
            guard let name = option.split(separator: ",").first, name.hasPrefix("name=") else { continue }
            report.security.insert(String(name.dropFirst(5)))
        }
        return report
    }

    /// Every container of this user's tasks.
    public func ownContainers() async throws(TaskError) -> [OwnContainer] {
        try await engine("list the containers of tasks", kind: .failed) { () async throws(EngineError) in
            try await client.listContainers(labels: ["\(Label.owner)=\(owner)"])
        }.map { container in
            OwnContainer(
                id: container.id, name: container.names.first ?? String(container.id.prefix(12)),
                task: container.labels[Label.task], role: container.labels[Label.role],
                maker: container.labels[Label.maker].flatMap { ProcessIdentity($0) },
                isRunning: container.status == .running, created: container.created ?? 0)
        }
    }

    /// Removes the containers that looked into an image, tested it or read a task's home when their maker was killed.
    func removeForsaken() async throws(TaskError) {
        for container in try await ownContainers() where container.isForsaken { try await remove(container.id) }
    }

    /// Every engine that answers at one of the usual places.
    public static func all() async -> [(place: Place, socket: String)] {
        await EngineDiscovery.survey().found.compactMap { found in
            Place(rawValue: found.flavor.rawValue).map { ($0, found.socket) }
        }
    }

    /// Docker lists its runtime as `runc`, Podman as `OCI Runtime (crun)` with lines of what it is made of.
    private static func runtime(_ version: EngineVersion, _ info: EngineInfo) -> String {
        let name = short(info.runtime)
        let part = (version.components ?? []).first { component in
            guard let label = component.name else { return false }
            return label == name || label.hasPrefix("OCI Runtime") || label.hasPrefix("runc") || label.hasPrefix("crun")
        }
        let words = (part?.version ?? "").split { $0 == " " || $0 == "\n" }
        let number = words.first { $0.first?.isNumber == true }.map(String.init) ?? ""
        return [name.isEmpty ? short(part?.name) : name, short(number)].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func short(_ text: String?) -> String { PlainText.line(text ?? "", limit: 60) }
}
