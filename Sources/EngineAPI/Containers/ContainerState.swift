/// Where a container is in its life.
public enum ContainerStatus: Sendable, Equatable, Decodable {
    /// Made and never started.
    case created
    /// Its program runs.
    case running
    /// Its program is frozen.
    case paused
    /// Between two runs.
    case restarting
    /// On its way out.
    case removing
    /// Its program has ended.
    case exited
    /// The engine could not remove it.
    case dead
    /// A word that only this engine uses, such as Podman's `stopping`.
    case other(String)

    /// The status that the API writes thus.
    public init(_ word: String) {
        self =
            switch word {
            case "created", "configured", "initialized": .created
            case "running": .running
            case "paused": .paused
            case "restarting": .restarting
            case "removing": .removing
            case "exited", "stopped": .exited
            case "dead": .dead
            default: .other(word)
            }
    }

    /// The reply of an engine.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
}

/// `State` of `GET /containers/{id}/json`.
public struct ContainerState: Decodable, Sendable, Equatable {
    /// Where it is in its life.
    public let status: ContainerStatus
    /// The exit status of the last run; zero before it.
    public let exitCode: Int?
    /// Whether the kernel ended it for lack of memory.
    public let wasOutOfMemory: Bool?
    /// Process 1 as the host sees it; zero when it does not run.
    public let pid: Int?
    /// Why it could not start.
    public let error: String?
    /// When the last run began, RFC 3339.
    public let startedAt: String?
    /// When the last run ended, RFC 3339.
    public let finishedAt: String?

    /// Whether its program runs.
    public var isRunning: Bool { status == .running }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case exitCode = "ExitCode"
        case wasOutOfMemory = "OOMKilled"
        case pid = "Pid"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
    }
}

/// A container as `GET /containers/json` lists it.
public struct ContainerSummary: Decodable, Sendable, Equatable {
    /// The container's id.
    public let id: String
    /// Its names, without the slash that the API writes before them.
    public let names: [String]
    /// The id of the image, with `sha256:`.
    public let imageID: String?
    /// Its labels.
    public let labels: [String: String]
    /// Where it is in its life.
    public let status: ContainerStatus
    /// When it was created, in seconds since 1970.
    public let created: Int64?

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case imageID = "ImageID"
        case labels = "Labels"
        case status = "State"
        case created = "Created"
    }

    /// The reply of an engine.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        names = (try values.decodeIfPresent([String].self, forKey: .names) ?? []).map(withoutSlash)
        imageID = try values.decodeIfPresent(String.self, forKey: .imageID).map(normalizedDigest)
        labels = try values.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        status = try values.decodeIfPresent(ContainerStatus.self, forKey: .status) ?? .other("unknown")
        created = try values.decodeIfPresent(Int64.self, forKey: .created)
    }
}
