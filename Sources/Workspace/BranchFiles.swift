import FoundationEssentials
import System
public import TaskModel

extension Repository {
    /// The branch that others start from: where `origin/HEAD` leads, else `init.defaultBranch`, `main` or `master`, the
    /// first that there is; nil where there is none of them.
    public func defaultBranch(git: Git = Git()) async throws(TaskError) -> Base? {
        var candidates = ["refs/remotes/origin/HEAD"]
        let configured = try await git.run(["config", "--get", "init.defaultBranch"], at: .users(gitDirectory))
        let name = configured.outputText.split(separator: "\n").first.map(String.init) ?? ""
        if configured.succeeded, !name.isEmpty { candidates.append("refs/heads/\(name)") }
        candidates += ["refs/heads/main", "refs/heads/master"]
        for candidate in candidates {
            let result = try await git.run(
                ["rev-parse", "--verify", "--quiet", "\(candidate)^{commit}"],
                at: .users(gitDirectory))
            let commit = String(result.outputText.prefix { $0 != "\n" })
            guard result.succeeded, ObjectID.isValid(commit, format: objectFormat) else { continue }
            return Base(reference: candidate, commit: commit, branch: nil)
        }
        return nil
    }

    /// Writes files of a commit below an empty directory of ours, without touching the working tree, the index or any
    /// reference of the repository.
    ///
    /// - Parameter paths: relative paths; those that the commit does not have are passed over. Empty for everything.
    /// - Returns: true where there was any.
    public func writeFiles(
        of commit: String, _ paths: [String], into directory: String, git: Git = Git()
    ) async throws(TaskError) -> Bool {
        guard ObjectID.isValid(commit, format: objectFormat) else {
            throw TaskError("'\(PlainText.line(commit, limit: 80))' is no commit")
        }
        var present = ["."]
        if !paths.isEmpty {
            let listed = try await git.output(
                of: ["--literal-pathspecs", "ls-tree", "-z", "--name-only", "--full-tree", commit, "--"] + paths,
                at: .users(gitDirectory), to: "read the files of \(commit.prefix(10))")
            present = listed.outputText.split(separator: "\0").map(String.init)
            if present.isEmpty { return false }
        }
        // An index of its own: the repository's is the user's.
        let index = ["GIT_INDEX_FILE": "\(directory).index"]
        try? Files.remove("\(directory).index")
        defer { try? Files.remove("\(directory).index") }
        var program = git.program(
            ["--work-tree=\(directory)", "--literal-pathspecs", "checkout", "--quiet", commit, "--"] + present,
            at: .users(gitDirectory), environment: index)
        program.directory = directory
        let ready = program
        let result = try await failing("run git") { () async throws in try await ready.run(seconds: 600) }
        if !result.succeeded { throw Git.failure("write the files of \(commit.prefix(10))", result) }
        return true
    }
}
