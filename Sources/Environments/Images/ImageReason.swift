/// Why one layer of an environment would be built, or not.
public struct ImageReason: Equatable, Sendable {
    /// What it is: `base`, `project`, `task's additions`, `agent claude`.
    public var layer: String
    /// Its key now.
    public var key: String
    /// True where the engine has it.
    public var isCurrent: Bool
    /// What changed since the last build, the most telling first; empty where nothing did or nothing was built before.
    public var changes: [String]

    /// A reason.
    public init(layer: String, key: String, isCurrent: Bool, changes: [String]) {
        self.layer = layer
        self.key = key
        self.isCurrent = isCurrent
        self.changes = changes
    }
}
