import System
public import TaskModel

/// A bare repository of this program beside the user's: it holds the history of the commits that tasks started from
/// and nothing else of the user's. Sandboxes see its objects, read-only. Nothing is ever removed from it while tasks
/// borrow from it.
public struct Mirror: Sendable {
    /// The directory.
    public let path: String
    /// The directory that sandboxes borrow from.
    public var objects: String { "\(path)/objects" }

    let objectFormat: String

    /// The mirror of a repository, `<state>/mirrors/<id>.git`; the id is the start of the SHA-256 of the repository's
    /// common directory.
    public init(stateDirectory: String, repository: Repository) {
        let id = SHA256.hex(repository.gitDirectory.utf8).prefix(16)
        path = "\(stateDirectory)/mirrors/\(id).git"
        objectFormat = repository.objectFormat
    }

    /// True where the commit and its whole history have arrived: its ref is written last.
    public func holds(_ commit: String) -> Bool {
        guard ObjectID.isValid(commit), let bytes = try? Files.read(reference(commit), limit: 128) else { return false }
        return bytes == Array("\(commit)\n".utf8)
    }

    /// Brings in the history of a commit; at once where it is there already. Two processes that do this at the same
    /// time wait for each other; what one that was killed left behind is removed.
    ///
    /// - Parameter progress: told the percentage, where there is much to carry.
    public func bringIn(
        _ base: Base, from repository: Repository, git: Git = Git(), progress: (@Sendable (Int) -> Void)? = nil
    ) async throws(TaskError) {
        if holds(base.commit) { return }
        let shown = PlainText.line(repository.path)
        let lock = try await self.lock(waiting: 3600)
        defer { withExtendedLifetime(lock) {} }
        if holds(base.commit) { return }
        try failing("prepare the mirror of '\(shown)'") {
            if !Files.exists("\(path)/HEAD") { try layout.write() }
            try ObjectStore.removeUnfinished(in: objects)
            try Shallow.add(from: repository.gitDirectory, to: path)
        }
        let known = try await knownCommits(in: repository, git: git)
        let transfer = Transfer(
            source: .users(repository.gitDirectory), target: .own(path), commits: [base.commit], excluding: known,
            strict: false, progress: progress)
        try await transfer.run(git: git)
        try failing("complete the mirror of '\(shown)'") {
            try Files.synchronise("\(objects)/pack")
            try layout.writeReference(referenceName(base.commit), commit: base.commit)
        }
    }

    /// The commits that the mirror has and that the user's repository still has too: what they reach need not be sent.
    /// A shallow mirror lacks some of what they reach, so there it is none.
    private func knownCommits(in repository: Repository, git: Git) async throws(TaskError) -> [String] {
        if Files.exists("\(path)/shallow") { return [] }
        let mine = ((try? Files.list("\(path)/refs/task-base")) ?? []).filter { holds($0) }.prefix(500)
        if mine.isEmpty { return [] }
        let result = try await git.output(
            of: ["cat-file", "--batch-check=%(objectname) %(objecttype)"], at: .users(repository.gitDirectory),
            to: "read '\(PlainText.line(repository.path))'", input: mine.map { $0 + "\n" }.joined())
        return result.outputText.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count == 2 && fields[1] == "commit" ? String(fields[0]) : nil
        }
    }

    private func lock(waiting seconds: Int) async throws(TaskError) -> FileLock {
        let path = path
        let lock = try await failing("lock the mirror '\(path)'") {
            try await onOwnThread {
                try Files.makeDirectory(path)
                return try FileLock.take("\(path)/task.lock", waitingMilliseconds: seconds * 1000)
            }
        }
        guard let lock else { throw TaskError(.failed, "the mirror '\(path)' is kept busy by another process") }
        return lock
    }

    private var layout: RepositoryLayout {
        RepositoryLayout(
            directory: path, objectFormat: objectFormat, bare: true, head: "refs/heads/none", isReadByOthers: true)
    }

    private func referenceName(_ commit: String) -> String { "refs/task-base/\(commit)" }
    private func reference(_ commit: String) -> String { "\(path)/\(referenceName(commit))" }
}
