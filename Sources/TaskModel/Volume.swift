/// Something mounted into a container.
public struct Volume: Codable, Equatable, Sendable {
    /// What it is mounted for.
    public enum Purpose: String, Codable, Sendable {
        /// The agent's private clone, at the project's own path.
        case workspace
        /// The mirror's objects, which the clone borrows.
        case objects
        /// The agent's home directory.
        case home
        /// The directory with the control socket.
        case control
        /// The guest program.
        case guest
        /// What names mean inside: hosts, and who is asked for others.
        case names
        /// The way to a project below a directory that the image closes to the agent.
        case passage
        /// A package manager's downloads, shared by the tasks of a project.
        case cache
        /// What the user's own configuration allows a project to have mounted.
        case extra
    }

    /// What it is for.
    public var purpose: Purpose
    /// A path on the host; with `isNamed`, the name of an engine volume.
    public var source: String
    /// The path in the container.
    public var target: String
    /// True where the container may only read.
    public var readOnly: Bool
    /// True for a volume that the engine keeps, by its name.
    public var isNamed: Bool?
    /// What an engine volume is labelled with when it is made; nil for one that is not made here.
    public var labels: [String: String]?

    /// A volume.
    public init(
        _ purpose: Purpose, source: String, target: String, readOnly: Bool, isNamed: Bool? = nil,
        labels: [String: String]? = nil
    ) {
        self.isNamed = isNamed
        self.labels = labels
        self.purpose = purpose
        self.source = source
        self.target = target
        self.readOnly = readOnly
    }
}
