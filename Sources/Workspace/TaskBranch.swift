import System
public import TaskModel

/// What stands at the name of a task's branch in the user's repository.
public enum TaskBranch: Equatable, Sendable {
    /// Nothing.
    case absent
    /// A branch at a commit; the worktree is the one that has it checked out, if any has.
    case exists(commit: String, worktree: String?)
    /// Another branch (`task`, `task/<id>/…`) that makes the name impossible.
    case blocked(by: String)
}

extension Repository {
    /// Looks up `refs/heads/task/<id>` (git-for-each-ref(1), one process).
    public func taskBranch(_ id: TaskID, git: Git = Git()) async throws(TaskError) -> TaskBranch {
        let name = "refs/heads/\(id.branch)"
        let result = try await git.output(
            of: [
                "for-each-ref", "--format=%(objectname) %(refname)%00%(worktreepath)%00", "refs/heads/task", name,
            ], at: .users(gitDirectory), to: "read the branches of '\(PlainText.line(path))'")
        let fields = result.outputText.split(separator: "\0", omittingEmptySubsequences: false)
        var found = TaskBranch.absent
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let entry = fields[index].drop { $0 == "\n" }.split(separator: " ", maxSplits: 1)
            guard entry.count == 2 else { continue }
            if entry[1] == "refs/heads/task" || entry[1].hasPrefix("\(name)/") {
                return .blocked(by: String(entry[1].dropFirst("refs/heads/".count)))
            }
            if entry[1] == name {
                let worktree = fields[index + 1]
                found = .exists(commit: String(entry[0]), worktree: worktree.isEmpty ? nil : String(worktree))
            }
        }
        return found
    }
}
