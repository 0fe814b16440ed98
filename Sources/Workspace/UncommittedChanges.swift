import System
public import TaskModel

/// What a working tree has that its HEAD has not.
public struct UncommittedChanges: Equatable, Sendable {
    /// How many files or untracked directories differ.
    public let count: Int
    /// The first of their names, escaped for printing.
    public let names: [String]

    /// True where there are none.
    public var isEmpty: Bool { count == 0 }

    /// Reads `git status --porcelain -z`. A rename has a second name of its own, which counts as part of it.
    init(porcelain output: String, showing limit: Int = 5) {
        var entries = output.split(separator: "\0").makeIterator()
        var count = 0
        var names: [String] = []
        while let entry = entries.next() {
            count += 1
            if names.count < limit { names.append(PlainText.line(String(entry.dropFirst(3)))) }
            if entry.prefix(2).contains(where: { $0 == "R" || $0 == "C" }) { _ = entries.next() }
        }
        self.count = count
        self.names = names
    }
}

extension Repository {
    /// What is not committed in the working tree (git-status(1)).
    ///
    /// - Parameter untracked: whether files that git does not know count; ignored ones never do.
    public func uncommittedChanges(untracked: Bool = true, git: Git = Git()) async throws(TaskError)
        -> UncommittedChanges
    {
        let result = try await git.output(
            of: ["status", "--porcelain", "-z", untracked ? "--untracked-files=normal" : "--untracked-files=no"],
            at: .discovered(path), to: "read the state of '\(PlainText.line(path))'")
        return UncommittedChanges(porcelain: result.outputText)
    }
}
