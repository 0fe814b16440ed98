import System
public import TaskModel

extension Publication {
    /// The notes that `git log` shows by itself (git-notes(1)).
    private static let notes = "refs/notes/commits"
    /// Of a task with more commits, the newest get one.
    private static let notedAtMost = 1000

    /// Puts a line into the notes of the commits that lead from the base to a published one, as users keep notes
    /// themselves: what is there stays, and a line that is there already is not added.
    ///
    /// - Throws: `TaskError`; some commits may have their note then.
    public func note(_ line: String, upTo commit: String) async throws(TaskError) {
        let commits = try await git.output(
            of: ["rev-list", "--max-count=\(Self.notedAtMost)", commit, "^\(store.base.commit)"], at: .own(store.path),
            to: "read '\(store.path)'"
        ).outputText
        if commits.isEmpty { return }
        let shown = PlainText.line(repository.path)
        // NUL, the commit's id, a line feed, its notes.
        let present = try await git.output(
            of: [
                "-c", "log.showSignature=false", "log", "-z", "--no-walk=unsorted", "--stdin", "--no-notes",
                "--notes=\(Self.notes)", "--format=%H%n%N",
            ], at: .users(repository.gitDirectory), to: "read the notes of '\(shown)'", input: commits
        ).outputText
        for entry in present.split(separator: "\0").reversed() {
            let lines = entry.split(separator: "\n")
            guard let commit = lines.first, !lines.dropFirst().contains(Substring(line)) else { continue }
            _ = try await git.output(
                of: ["notes", "--ref=\(Self.notes)", "append", "-m", line, String(commit)],
                at: .users(repository.gitDirectory), to: "add to the notes of '\(shown)'", environment: Self.author)
        }
    }

    private static let author = [
        "GIT_AUTHOR_NAME": "task", "GIT_AUTHOR_EMAIL": "task@localhost", "GIT_COMMITTER_NAME": "task",
        "GIT_COMMITTER_EMAIL": "task@localhost",
    ]
}
