/// One thing that `task doctor` has looked at.
public struct Check: Equatable, Sendable {
    /// How it stands.
    public enum Status: String, Sendable {
        /// As it should be.
        case ok
        /// Tasks can run, and something should be known or mended.
        case warning
        /// Tasks cannot run.
        case failure
    }

    /// What was looked at: a word that stays the same.
    public var name: String
    /// How it stands.
    public var status: Status
    /// What was found.
    public var finding: String
    /// What mends it; nil where nothing needs to, or nothing can.
    public var mend: String?

    /// A check.
    public init(_ name: String, _ status: Status, _ finding: String, mend: String? = nil) {
        self.name = name
        self.status = status
        self.finding = finding
        self.mend = mend
    }
}
