/// An image as `GET /images/{name}/json` describes it.
public struct ImageDetails: Decodable, Sendable, Equatable {
    /// The image's id, with `sha256:`.
    public let id: String
    /// The references that name it.
    public let tags: [String]
    /// What registries call it, each as `repository@digest`; Podman has them for images of its own making, too.
    public let digests: [String]
    /// The image that it was built upon by the classic builder or by Podman, where the engine remembers.
    public let parent: String?
    /// The digests of its layers, uncompressed, the lowest first.
    public let layers: [String]
    /// When it was created, RFC 3339.
    public let created: String?
    /// Its size, in bytes.
    public let size: Int64?
    /// `amd64`, `arm64`.
    public let architecture: String?
    /// `linux`.
    public let os: String?
    /// What containers of it begin with.
    public let config: Config

    /// `Config` of the reply.
    public struct Config: Decodable, Sendable, Equatable {
        /// The labels.
        public let labels: [String: String]?
        /// The environment, each as `NAME=value`.
        public let environment: [String]?
        /// The program.
        public let entrypoint: [String]?
        /// Its arguments.
        public let command: [String]?
        /// The user.
        public let user: String?
        /// The directory that the program starts in.
        public let workingDirectory: String?
        /// Instructions that a build upon it begins with.
        public let triggers: [String]?

        private enum CodingKeys: String, CodingKey {
            case labels = "Labels"
            case environment = "Env"
            case entrypoint = "Entrypoint"
            case command = "Cmd"
            case user = "User"
            case workingDirectory = "WorkingDir"
            case triggers = "OnBuild"
        }

        static let empty = Config()

        private init() {
            labels = nil
            environment = nil
            entrypoint = nil
            command = nil
            user = nil
            workingDirectory = nil
            triggers = nil
        }
    }

    private struct Root: Decodable {
        let layers: [String]?

        enum CodingKeys: String, CodingKey {
            case layers = "Layers"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case tags = "RepoTags"
        case digests = "RepoDigests"
        case parent = "Parent"
        case root = "RootFS"
        case created = "Created"
        case size = "Size"
        case architecture = "Architecture"
        case os = "Os"
        case config = "Config"
    }

    /// The reply of an engine.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = normalizedDigest(try values.decode(String.self, forKey: .id))
        tags = (try values.decodeIfPresent([String].self, forKey: .tags) ?? []).filter { $0 != "<none>:<none>" }
        digests = try values.decodeIfPresent([String].self, forKey: .digests) ?? []
        parent = try values.decodeIfPresent(String.self, forKey: .parent).flatMap {
            $0.isEmpty ? nil : normalizedDigest($0)
        }
        layers = try values.decodeIfPresent(Root.self, forKey: .root)?.layers ?? []
        created = try values.decodeIfPresent(String.self, forKey: .created)
        size = try values.decodeIfPresent(Int64.self, forKey: .size)
        architecture = try values.decodeIfPresent(String.self, forKey: .architecture)
        os = try values.decodeIfPresent(String.self, forKey: .os)
        config = try values.decodeIfPresent(Config.self, forKey: .config) ?? .empty
    }
}

/// An image as `GET /images/json` lists it.
public struct ImageSummary: Decodable, Sendable, Equatable {
    /// The image's id, with `sha256:`.
    public let id: String
    /// The references that name it.
    public let tags: [String]
    /// Its labels.
    public let labels: [String: String]
    /// When it was created, in seconds since 1970.
    public let created: Int64?
    /// Its size, in bytes.
    public let size: Int64?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case tags = "RepoTags"
        case labels = "Labels"
        case created = "Created"
        case size = "Size"
    }

    /// The reply of an engine.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = normalizedDigest(try values.decode(String.self, forKey: .id))
        tags = (try values.decodeIfPresent([String].self, forKey: .tags) ?? []).filter { $0 != "<none>:<none>" }
        labels = try values.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        created = try values.decodeIfPresent(Int64.self, forKey: .created)
        size = try values.decodeIfPresent(Int64.self, forKey: .size)
    }
}
