import System
public import TaskModel

/// The repository that an agent works in: its own in every respect but the objects, which it borrows from a mirror.
public struct PrivateClone: Sendable {
    /// The task whose branch is checked out.
    public var task: TaskID
    /// The commit to check out.
    public var base: Base
    /// Where the objects are.
    public var mirror: Mirror
    /// The absolute path at which the sandbox will find the mirror's objects.
    public var objectsInside: String
    /// Who the agent's commits are by; nil leaves that to the agent's own configuration.
    public var identity: Identity?
    /// What is copied in beside the commit.
    public var includes: Includes
    /// Whom the files are given to; nil leaves them to the caller. Only root can give files away.
    public var owner: Owner?

    /// A clone that is still to be made.
    public init(
        task: TaskID, base: Base, mirror: Mirror, objectsInside: String, identity: Identity?,
        includes: Includes = .none, owner: Owner? = nil
    ) {
        self.task = task
        self.base = base
        self.mirror = mirror
        self.objectsInside = objectsInside
        self.identity = identity
        self.includes = includes
        self.owner = owner
    }

    /// Makes the clone in a directory that must be empty or absent: the branch `task/<id>` and the base's own branch at the
    /// base commit, no remote, no template, no hook. Once an agent may have written there, the host runs no git in it.
    ///
    /// - Throws: `TaskError`; what was made until then remains, for the caller to remove.
    public func make(at path: String, git: Git = Git()) async throws(TaskError) {
        let directory = "\(path)/.git"
        guard mirror.holds(base.commit) else {
            throw TaskError(.failed, "the mirror '\(mirror.path)' lacks the commit \(base.commit)")
        }
        if let names = try? Files.list(path), !names.isEmpty {
            throw TaskError(.failed, "the workspace '\(path)' is not empty")
        }
        let layout = layout(directory)
        try failing("make the workspace '\(path)'") {
            try Files.makeDirectory(path, mode: 0o755)
            try layout.write()
            for branch in branches {
                try layout.writeReference("refs/heads/\(branch)", commit: base.commit)
            }
            try Shallow.add(from: mirror.path, to: directory)
        }
        _ = try await git.output(
            of: [
                "-c", "checkout.workers=0", "-c", "checkout.thresholdForParallelism=10000", "--work-tree=\(path)",
                "read-tree", "--reset", "-u", base.commit,
            ],
            at: .own(directory), to: "check out \(base.commit)",
            environment: ["GIT_ALTERNATE_OBJECT_DIRECTORIES": RepositoryLayout.quoted(mirror.objects)], seconds: 3600)
        try includes.copy(to: path)
        try failing("make the workspace '\(path)'") {
            // The path does not exist on the host, so git is told only when it has nothing to do there any more.
            try layout.borrow(from: objectsInside)
            if let owner { try FileTree.changeOwner(path, user: owner.user, group: owner.group) }
        }
    }

    private func layout(_ directory: String) -> RepositoryLayout {
        var layout = RepositoryLayout(
            directory: directory, objectFormat: mirror.objectFormat, bare: false, head: "refs/heads/\(task.branch)",
            durable: false)
        if let identity {
            layout.settings = [("user", "name", identity.name), ("user", "email", identity.email)]
        }
        return layout
    }

    /// The task's branch, and the base's where both names can exist side by side.
    private var branches: [String] {
        guard let name = base.branch, ReferenceName.isValid(name), name != "task", name != task.branch,
            !name.hasPrefix("\(task.branch)/")
        else { return [task.branch] }
        return [task.branch, name]
    }
}
