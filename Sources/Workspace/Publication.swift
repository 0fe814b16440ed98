import System
public import TaskModel

/// Bringing a task's work into the user's repository: as the branch `task/<id>`, with its objects, and nothing else.
public struct Publication: Sendable {
    /// How it went.
    public enum Outcome: Equatable, Sendable {
        /// The agent has committed nothing.
        case nothing
        /// The branch is at this commit now. `alsoKept` are commits that it does not include, by the name of the ref in
        /// the store that has them (`git fetch <store> <ref>`).
        case published(commit: String, alsoKept: [String: String])
        /// The branch was at this commit already.
        case unchanged(commit: String, alsoKept: [String: String])
        /// The branch is not where it was last put; nil: it was removed. Nothing was changed.
        case movedByUser(to: String?)
        /// A working tree of the user has the branch checked out. Nothing was changed.
        case checkedOut(worktree: String)
    }

    private let task: TaskID
    let store: ResultStore
    let repository: Repository
    let git: Git

    /// A task's work on its way into a repository.
    public init(of task: TaskID, from store: ResultStore, into repository: Repository, git: Git = Git()) {
        self.task = task
        self.store = store
        self.repository = repository
        self.git = git
    }

    /// Puts the branch where the work is. Which commit that is: the branch's tip, or HEAD where it is ahead of it.
    ///
    /// - Parameter lastPublished: the commit that the last call put there; nil before the first.
    /// - Throws: `TaskError`; the branch is then what it was.
    public func publish(lastPublished: String?) async throws(TaskError) -> Outcome {
        let results = try await store.results(git: git)
        guard let commit = try await results.main(in: store, git: git) else { return .nothing }
        let rest = try await others(results, than: commit)
        let shown = PlainText.line(repository.path)
        switch try await repository.taskBranch(task, git: git) {
        case .blocked(let other):
            throw TaskError(
                .failed, "the branch '\(PlainText.line(other))' of '\(shown)' stands in the way of '\(task.branch)'",
                next: "git -C '\(shown)' branch -m '\(PlainText.line(other))' <another name>")
        case .exists(commit, _): return .unchanged(commit: commit, alsoKept: rest)
        case .exists(let found, let worktree):
            let interrupted = try await store.publishing(git: git)
            if found != lastPublished, found != interrupted { return .movedByUser(to: found) }
            if let worktree { return .checkedOut(worktree: worktree) }
            return try await move(from: found, to: commit) ? .published(commit: commit, alsoKept: rest) : changed()
        case .absent:
            if lastPublished != nil { return .movedByUser(to: nil) }
            return try await move(from: nil, to: commit) ? .published(commit: commit, alsoKept: rest) : changed()
        }
    }

    /// Brings in the objects, then moves the ref if it is still where it was seen (compare-and-swap); false if not.
    private func move(from old: String?, to new: String) async throws(TaskError) -> Bool {
        try await store.update(["update \(ResultStore.publishingReference) \(new)"], git: git)
        let known = try await present([store.base.commit] + (old.map { [$0] } ?? []))
        try await Transfer(
            source: .own(store.path), target: .users(repository.gitDirectory), commits: [new], excluding: known,
            strict: true
        ).run(git: git)
        let none = String(repeating: "0", count: new.count)
        let result = try await git.run(
            [
                "update-ref", "--no-deref", "--create-reflog", "-m", "task: work of \(task)",
                "refs/heads/\(task.branch)", new, old ?? none,
            ], at: .users(repository.gitDirectory))
        if result.succeeded { return true }
        // Somebody was faster, or the ref cannot be written: only the first is no error.
        let now = try await repository.taskBranch(task, git: git)
        switch (now, old) {
        case (.absent, nil): throw Git.failure("make the branch '\(task.branch)'", result)
        case (.exists(let found, _), let old?) where found == old:
            throw Git.failure("move the branch '\(task.branch)'", result)
        default: return false
        }
    }

    private func changed() async throws(TaskError) -> Outcome {
        if case .exists(let commit, _) = try await repository.taskBranch(task, git: git) {
            return .movedByUser(to: commit)
        }
        return .movedByUser(to: nil)
    }

    /// Which of some commits the user's repository still has.
    private func present(_ commits: [String]) async throws(TaskError) -> [String] {
        let result = try await git.output(
            of: ["cat-file", "--batch-check=%(objectname) %(objecttype)"], at: .users(repository.gitDirectory),
            to: "read '\(PlainText.line(repository.path))'", input: commits.map { $0 + "\n" }.joined())
        return result.outputText.split(separator: "\n").compactMap { line in
            line.hasSuffix(" commit") ? String(line.dropLast(" commit".count)) : nil
        }
    }

    /// Commits beside the published one that it does not include.
    private func others(_ results: Results, than commit: String) async throws(TaskError) -> [String: String] {
        var named = results.references.merging(results.kept) { $1 }
        named["refs/task/wip"] = nil
        let apart = try await store.unreachable(Set(named.values), from: [commit], git: git)
        return named.filter { apart.contains($0.value) }
    }
}

extension Results {
    /// The commit that stands for the agent's work: the branch's tip, or HEAD where it descends from it or where the
    /// branch has nothing; nil where nothing was committed.
    func main(in store: ResultStore, git: Git) async throws(TaskError) -> String? {
        guard let branch, let head, branch != head else { return branch ?? head }
        return try await store.unreachable([branch], from: [head], git: git).isEmpty ? head : branch
    }
}
