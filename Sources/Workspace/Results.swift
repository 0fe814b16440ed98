/// What a task's repository holds of the agent's work: commits.
public struct Results: Equatable, Sendable {
    /// The commit that was checked out; nil where it is the base commit, or older.
    public var head: String?
    /// The tip of `task/<id>`; nil where it has nothing new.
    public var branch: String?
    /// The snapshot of what was not committed.
    public var wip: String?
    /// The tips of the other branches.
    public var heads: [String: String]
    /// Earlier tips that a branch was moved away from, by their refs (`refs/task/kept/1`).
    public var kept: [String: String]
    /// Refs of the last bundle that were not taken, escaped for printing; for instance names that git does not allow.
    public var refused: [String]

    /// Nothing.
    public init(
        head: String? = nil, branch: String? = nil, wip: String? = nil, heads: [String: String] = [:],
        kept: [String: String] = [:], refused: [String] = []
    ) {
        self.head = head
        self.branch = branch
        self.wip = wip
        self.heads = heads
        self.kept = kept
        self.refused = refused
    }

    /// Names below `refs/task/` with their commits. Anything else than what is known is refused, and so is a name that
    /// is the directory of another.
    init(references: [(name: String, commit: String)]) {
        self.init()
        for (name, commit) in references {
            switch name {
            case "refs/task/head": head = commit
            case "refs/task/branch": branch = commit
            case "refs/task/wip": wip = commit
            default:
                let prefix = "refs/task/heads/"
                let short = String(name.dropFirst(prefix.count))
                if name.hasPrefix(prefix), ReferenceName.isValid(short), !clashes(short) {
                    heads[short] = commit
                } else {
                    refused.append(name)
                }
            }
        }
    }

    private func clashes(_ name: String) -> Bool {
        heads.keys.contains { $0.hasPrefix("\(name)/") || name.hasPrefix("\($0)/") }
    }

    /// What a bundle may bring, as refs.
    public var references: [String: String] {
        var result = Dictionary(uniqueKeysWithValues: heads.map { ("refs/task/heads/\($0.key)", $0.value) })
        result["refs/task/head"] = head
        result["refs/task/branch"] = branch
        result["refs/task/wip"] = wip
        return result
    }
}
