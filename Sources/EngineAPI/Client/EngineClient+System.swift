extension EngineClient {
    /// Asks whether anyone is there and who: `GET /_ping`, without a version.
    public func ping(timeout: Duration = .seconds(10)) async throws(EngineError) -> EnginePing {
        let request = Request(.get, Target("/_ping"), version: nil, timeout: timeout)
        let head = try await whole(request).head
        guard let text = head["api-version"], let version = APIVersion(text) else {
            throw .malformed(route: request.route, what: "no Api-Version: this is not an engine")
        }
        return EnginePing(
            version: version, flavor: head["libpod-api-version"] == nil ? .docker : .podman,
            builderVersion: head["builder-version"].flatMap { $0.isEmpty ? nil : $0 },
            software: head["server"].flatMap(EnginePing.software))
    }

    /// Which software this is: `GET /version`.
    public func version() async throws(EngineError) -> EngineVersion {
        try await value(.get, Target("/version"))
    }

    /// What the engine's host is and can do: `GET /info`.
    public func info() async throws(EngineError) -> EngineInfo {
        try await value(.get, Target("/info"))
    }

    /// The oldest version that the engine speaks: `GET /version`, without a version.
    func unversionedOldest() async throws(EngineError) -> APIVersion? {
        let request = Request(.get, Target("/version"), version: nil, timeout: .seconds(10))
        let version = try Wire.decode(EngineVersion.self, try await whole(request).body, route: request.route)
        return version.oldestAPI.flatMap(APIVersion.init)
    }
}

/// Which software answers on a socket.
public enum EngineFlavor: String, Sendable, Codable, CaseIterable {
    /// Docker, or what is made from it.
    case docker
    /// Podman, through its Docker-compatible API.
    case podman
}

/// The answer to `GET /_ping`, all of it in the headers.
public struct EnginePing: Sendable, Equatable {
    /// The newest API version that the engine speaks (`Api-Version`).
    public let version: APIVersion
    /// Podman where there is a `Libpod-Api-Version`, Docker otherwise.
    public let flavor: EngineFlavor
    /// The builder that the engine prefers: `1` for the classic one, `2` for BuildKit (`Builder-Version`).
    public let builderVersion: String?
    /// The engine's own version (`Server`, RFC 9110 section 10.2.4); nil where it does not say.
    public let software: String?

    /// `20.10.24` of `Docker/20.10.24 (linux)`.
    static func software(_ server: String) -> String? {
        let parts = server.prefix { $0 != " " }.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let version = parts.last, version.first?.isNumber == true else { return nil }
        return String(version)
    }
}

/// The answer to `GET /version`.
public struct EngineVersion: Decodable, Sendable, Equatable {
    /// The engine's own version.
    public let version: String?
    /// The newest API version.
    public let api: String?
    /// The oldest API version.
    public let oldestAPI: String?
    /// `linux`.
    public let os: String?
    /// `amd64`, `arm64`.
    public let architecture: String?
    /// What the engine consists of, its runtime among it.
    public let components: [Component]?

    /// A part of the engine.
    public struct Component: Decodable, Sendable, Equatable {
        /// `runc`, `OCI Runtime (crun)`.
        public let name: String?
        /// What it says of itself, of one line or of several.
        public let version: String?

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case version = "Version"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case components = "Components"
        case version = "Version"
        case api = "ApiVersion"
        case oldestAPI = "MinAPIVersion"
        case os = "Os"
        case architecture = "Arch"
    }
}

/// The answer to `GET /info`, as far as anyone here asks.
public struct EngineInfo: Decodable, Sendable, Equatable {
    /// The name of the engine's host.
    public let name: String?
    /// The engine's own version.
    public let serverVersion: String?
    /// `x86_64`, `aarch64`.
    public let architecture: String?
    /// The distribution, for people.
    public let operatingSystem: String?
    /// The kernel.
    public let kernel: String?
    /// Processors.
    public let processors: Int?
    /// Memory, in bytes.
    public let memory: Int64?
    /// `1` or `2`.
    public let cgroupVersion: String?
    /// `name=seccomp,profile=default`, `name=rootless` and so on.
    public let securityOptions: [String]?
    /// The storage driver.
    public let driver: String?
    /// Where images and containers are kept, on the engine's own machine.
    public let rootDirectory: String?
    /// `runc`, `crun`.
    public let runtime: String?
    /// Whether the kernel lets the engine limit memory.
    public let limitsMemory: Bool?
    /// Whether it lets it limit processes.
    public let limitsProcesses: Bool?
    /// Whether it lets it limit processors.
    public let limitsProcessors: Bool?
    private let rootless: Bool?

    /// Whether the engine runs without the rights of root. Docker says it among the security options.
    public var isRootless: Bool {
        rootless ?? false || (securityOptions ?? []).contains { $0.split(separator: ",").contains("name=rootless") }
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case serverVersion = "ServerVersion"
        case architecture = "Architecture"
        case operatingSystem = "OperatingSystem"
        case kernel = "KernelVersion"
        case processors = "NCPU"
        case memory = "MemTotal"
        case cgroupVersion = "CgroupVersion"
        case securityOptions = "SecurityOptions"
        case driver = "Driver"
        case rootDirectory = "DockerRootDir"
        case runtime = "DefaultRuntime"
        case limitsMemory = "MemoryLimit"
        case limitsProcesses = "PidsLimit"
        case limitsProcessors = "CpuCfsQuota"
        case rootless = "Rootless"
    }
}
