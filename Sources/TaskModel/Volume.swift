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
        /// What names mean inside: hosts, users, groups, and who is asked for others.
        case names
        /// The way to a project below a directory that the image closes to the agent.
        case passage
    }

    /// What it is for.
    public var purpose: Purpose
    /// A path on the host.
    public var source: String
    /// The path in the container.
    public var target: String
    /// True where the container may only read.
    public var readOnly: Bool

    /// A volume.
    public init(_ purpose: Purpose, source: String, target: String, readOnly: Bool) {
        self.purpose = purpose
        self.source = source
        self.target = target
        self.readOnly = readOnly
    }
}
