/// Where a task runs.
public enum Place: String, Codable, Sendable, CaseIterable {
    /// A container of the Docker engine.
    case docker
    /// A container of Podman.
    case podman
    /// This machine itself, without isolation: only by that name, or where it was confirmed.
    case local

    /// What the place can do; a task that needs more is refused before anything is made.
    public var capabilities: Capabilities {
        switch self {
        case .docker, .podman: [.isolation, .allowList, .livePolicy, .attach, .snapshot, .resume]
        case .local: [.attach, .resume]
        }
    }

    /// What keeps a task there apart from the host.
    public var isolation: Isolation { capabilities.contains(.isolation) ? .container : .none }
}

/// What keeps an agent apart from the host that it runs on.
public enum Isolation: String, Codable, Sendable {
    /// A container.
    case container
    /// Nothing: the agent can do whatever its user can.
    case none
}

/// Things that a place can do.
public struct Capabilities: OptionSet, Sendable {
    /// One bit each.
    public let rawValue: Int

    /// A set of bits.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The agent cannot reach the host's files, processes or network.
    public static let isolation = Capabilities(rawValue: 1 << 0)
    /// The network can be limited to a list of names.
    public static let allowList = Capabilities(rawValue: 1 << 1)
    /// The list can change while the agent runs.
    public static let livePolicy = Capabilities(rawValue: 1 << 2)
    /// A terminal can be attached.
    public static let attach = Capabilities(rawValue: 1 << 3)
    /// What was installed can be kept as an image.
    public static let snapshot = Capabilities(rawValue: 1 << 4)
    /// A stopped task can go on.
    public static let resume = Capabilities(rawValue: 1 << 5)
}
