/// One entry of `HostConfig.Mounts`.
public struct Mount: Codable, Sendable, Equatable {
    /// What is mounted.
    public enum Kind: String, Codable, Sendable {
        /// A path of the host.
        case bind
        /// A named volume of the engine.
        case volume
        /// Memory.
        case tmpfs
    }

    /// What is mounted.
    public let kind: Kind
    /// The host's path or the volume's name; `nil` for memory.
    public let source: String?
    /// The absolute path in the container.
    public let target: String
    /// Whether the container may only read it.
    public let readOnly: Bool
    private let bindOptions: BindOptions?
    private let volumeOptions: VolumeOptions?
    private let tmpfsOptions: TmpfsOptions?

    /// A path of the host. Mounts made later on either side stay there (`rprivate`).
    ///
    /// Podman creates a source that does not exist, Docker refuses it: check first.
    public static func bind(_ source: String, at target: String, readOnly: Bool) -> Mount {
        Mount(
            kind: .bind, source: source, target: target, readOnly: readOnly,
            bindOptions: BindOptions(propagation: "rprivate"), volumeOptions: nil, tmpfsOptions: nil)
    }

    /// A named volume of the engine. An empty one stays empty on Docker, whatever the image has there; Podman 4 copies
    /// that into it all the same.
    public static func volume(_ name: String, at target: String, readOnly: Bool) -> Mount {
        Mount(
            kind: .volume, source: name, target: target, readOnly: readOnly, bindOptions: nil,
            volumeOptions: VolumeOptions(noCopy: true), tmpfsOptions: nil)
    }

    /// Memory: at most `size` bytes, with the permission bits `mode`.
    public static func tmpfs(at target: String, size: Int64?, mode: Int? = nil) -> Mount {
        Mount(
            kind: .tmpfs, source: nil, target: target, readOnly: false, bindOptions: nil, volumeOptions: nil,
            tmpfsOptions: TmpfsOptions(size: size, mode: mode))
    }

    private enum CodingKeys: String, CodingKey {
        case kind = "Type"
        case source = "Source"
        case target = "Target"
        case readOnly = "ReadOnly"
        case bindOptions = "BindOptions"
        case volumeOptions = "VolumeOptions"
        case tmpfsOptions = "TmpfsOptions"
    }

    private struct BindOptions: Codable, Sendable, Equatable {
        let propagation: String

        enum CodingKeys: String, CodingKey {
            case propagation = "Propagation"
        }
    }

    private struct VolumeOptions: Codable, Sendable, Equatable {
        let noCopy: Bool

        enum CodingKeys: String, CodingKey {
            case noCopy = "NoCopy"
        }
    }

    private struct TmpfsOptions: Codable, Sendable, Equatable {
        let size: Int64?
        let mode: Int?

        enum CodingKeys: String, CodingKey {
            case size = "SizeBytes"
            case mode = "Mode"
        }
    }
}

/// Where a container's output is kept: `HostConfig.LogConfig`.
public struct LogConfig: Codable, Sendable, Equatable {
    /// The logging driver: `none`, `json-file`, `local`, `k8s-file` and so on.
    public var driver: String
    /// The driver's options, such as `max-size`.
    public var options: [String: String]

    /// A driver with its options.
    public init(driver: String, options: [String: String] = [:]) {
        self.driver = driver
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case driver = "Type"
        case options = "Config"
    }
}

/// What happens when a container's program ends: `HostConfig.RestartPolicy`.
public struct RestartPolicy: Codable, Sendable, Equatable {
    /// `no`, `always`, `unless-stopped` or `on-failure`.
    public var name: String
    /// How often `on-failure` tries again.
    public var maximumRetryCount: Int

    /// The container stays ended.
    public static let never = RestartPolicy(name: "no", maximumRetryCount: 0)

    /// A policy by its wire name.
    public init(name: String, maximumRetryCount: Int) {
        self.name = name
        self.maximumRetryCount = maximumRetryCount
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case maximumRetryCount = "MaximumRetryCount"
    }
}

/// One resource limit of `setrlimit(2)`: `HostConfig.Ulimits`.
public struct Ulimit: Codable, Sendable, Equatable {
    /// `nofile`, `nproc` and so on.
    public var name: String
    /// The limit that is in force.
    public var soft: Int64
    /// The limit up to which a process may raise its own.
    public var hard: Int64

    /// A limit.
    public init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case soft = "Soft"
        case hard = "Hard"
    }
}
