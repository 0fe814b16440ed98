/// A container as `GET /containers/{id}/json` describes it. Engines leave out what is empty, so nearly all is optional.
public struct ContainerDetails: Decodable, Sendable, Equatable {
    /// The container's id.
    public let id: String
    /// The name, without the slash that the API writes before it.
    public let name: String
    /// The id of the image, with `sha256:`.
    public let imageID: String?
    /// When it was created, RFC 3339.
    public let created: String?
    /// Whether it runs, and how it ended.
    public let state: ContainerState
    /// What was asked for.
    public let config: Config?
    /// What the host grants, as the engine understood it.
    public let host: Host?
    /// What is mounted.
    public let mounts: [MountPoint]

    /// `Config` of the reply.
    public struct Config: Decodable, Sendable, Equatable {
        /// The image as it was named; Podman writes the full name.
        public let image: String?
        /// The user.
        public let user: String?
        /// The environment, the image's included.
        public let environment: [String]?
        /// The labels, the image's included.
        public let labels: [String: String]?
        /// The directory that the program starts in.
        public let workingDirectory: String?

        private enum CodingKeys: String, CodingKey {
            case image = "Image"
            case user = "User"
            case environment = "Env"
            case labels = "Labels"
            case workingDirectory = "WorkingDir"
        }
    }

    /// `HostConfig` of the reply, as far as isolation is concerned.
    public struct Host: Decodable, Sendable, Equatable {
        /// The network mode.
        public let networkMode: String?
        /// Whether every protection is off.
        public let privileged: Bool?
        /// Whether the image's files are read-only.
        public let readOnlyRoot: Bool?
        /// Capabilities given.
        public let capAdd: [String]?
        /// Capabilities taken; Podman lists them one by one where `ALL` was asked for.
        public let capDrop: [String]?
        /// The security options.
        public let securityOptions: [String]?
        /// Memory, in bytes.
        public let memory: Int64?
        /// Processes and threads together.
        public let pidsLimit: Int64?

        private enum CodingKeys: String, CodingKey {
            case networkMode = "NetworkMode"
            case privileged = "Privileged"
            case readOnlyRoot = "ReadonlyRootfs"
            case capAdd = "CapAdd"
            case capDrop = "CapDrop"
            case securityOptions = "SecurityOpt"
            case memory = "Memory"
            case pidsLimit = "PidsLimit"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case imageID = "Image"
        case created = "Created"
        case state = "State"
        case config = "Config"
        case host = "HostConfig"
        case mounts = "Mounts"
    }

    /// The reply of an engine.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        name = withoutSlash(try values.decodeIfPresent(String.self, forKey: .name) ?? "")
        imageID = try values.decodeIfPresent(String.self, forKey: .imageID).map(normalizedDigest)
        created = try values.decodeIfPresent(String.self, forKey: .created)
        state = try values.decode(ContainerState.self, forKey: .state)
        config = try values.decodeIfPresent(Config.self, forKey: .config)
        host = try values.decodeIfPresent(Host.self, forKey: .host)
        mounts = try values.decodeIfPresent([MountPoint].self, forKey: .mounts) ?? []
    }
}

/// A mount as the engine made it. The order is not that of the request.
public struct MountPoint: Decodable, Sendable, Equatable {
    /// `bind`, `volume` or `tmpfs`.
    public let kind: String?
    /// The volume's name.
    public let name: String?
    /// The path on the host.
    public let source: String?
    /// The path in the container.
    public let destination: String?
    /// Whether the container may write it.
    public let isWritable: Bool?
    /// `rprivate` and so on.
    public let propagation: String?

    private enum CodingKeys: String, CodingKey {
        case kind = "Type"
        case name = "Name"
        case source = "Source"
        case destination = "Destination"
        case isWritable = "RW"
        case propagation = "Propagation"
    }
}

/// The API writes a container's name as if it were a path.
func withoutSlash(_ name: String) -> String {
    name.hasPrefix("/") ? String(name.dropFirst()) : name
}
