import System
public import TaskModel

extension Repository {
    /// Finds the user's repository that a directory lies in (`git rev-parse`, one process).
    ///
    /// - Throws: `TaskError` where there is none, where git does not trust its owner, where it has no working tree or
    ///   no commit yet, and where it is a partial clone.
    public static func find(from directory: String, git: Git = Git()) async throws(TaskError) -> Repository {
        let questions = ["--is-bare-repository", "--show-object-format", "--git-common-dir", "--show-toplevel"]
        let result = try await git.run(
            ["rev-parse"] + questions + ["HEAD^{commit}"], at: .discovered(directory))
        // An answer that cannot be given ends the list: how many there are says what kind of place this is.
        let answers = result.outputText.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let shown = PlainText.line(directory)
        if answers.isEmpty { throw notFound(shown, result) }
        if answers[0] == "true" {
            throw TaskError(
                .failed, "'\(shown)' is a bare repository", next: "git clone '\(shown)' and start there")
        }
        if answers.count < 4 {
            throw TaskError(.failed, "'\(shown)' is inside a git directory", next: "cd to the working tree")
        }
        if answers.count > 5 {
            throw TaskError(.failed, "the path of the repository at '\(shown)' has a line break")
        }
        if !result.succeeded {
            throw TaskError(
                .failed, "the repository '\(PlainText.line(String(answers[3])))' has no commit yet",
                next: "git commit --allow-empty -m 'start'")
        }
        return try failing("use the repository at '\(shown)'") {
            let common = answers[2].hasPrefix("/") ? String(answers[2]) : "\(directory)/\(answers[2])"
            let repository = Repository(
                path: try Files.resolve(String(answers[3])), gitDirectory: try Files.resolve(common),
                objectFormat: String(answers[1]))
            try repository.refusePartialClone()
            return repository
        }
    }

    /// Either there is nothing that looks like a repository all the way up, or git has a reason not to use it.
    private static func notFound(_ directory: String, _ result: RunResult) -> TaskError {
        var place = (try? Files.resolve(directory)) ?? directory
        while place != "/", !Files.exists("\(place)/.git") { place = Files.parent(of: place) }
        if Files.exists("\(place)/.git") || Files.exists("\(directory)/HEAD") {
            return Git.failure("use the repository of '\(directory)'", result, next: "git -C '\(directory)' status")
        }
        return TaskError(.failed, "'\(directory)' is not in a git repository", next: "git init")
    }

    /// A clone with `--filter` leaves objects out of packs that a `.promisor` file marks; the sandbox could not fetch
    /// them.
    private func refusePartialClone() throws(TaskError) {
        let packs = (try? Files.list("\(gitDirectory)/objects/pack")) ?? []
        if packs.contains(where: { $0.hasSuffix(".promisor") }) {
            throw TaskError(
                .failed, "'\(PlainText.line(path))' is a partial clone, which lacks objects that a task needs",
                next: "git clone it again without --filter")
        }
    }

    /// Finds the commit that a name means (gitrevisions(7), one process).
    ///
    /// - Throws: `TaskError` naming a reference that is no commit.
    public func resolve(_ reference: String = "HEAD", git: Git = Git()) async throws(TaskError) -> Base {
        let unknown = TaskError(
            .failed, "'\(PlainText.line(reference))' is not a commit in '\(PlainText.line(path))'",
            next: "git branch --list")
        // A range has two ends, and an option is no name.
        if reference.isEmpty || reference.hasPrefix("-") || reference.hasPrefix("^") || reference.contains("..") {
            throw unknown
        }
        let result = try await git.run(
            ["rev-parse", "\(reference)^{commit}", "--symbolic-full-name", reference], at: .discovered(path))
        let lines = result.outputText.split(separator: "\n").map(String.init)
        guard result.succeeded, let commit = lines.first, ObjectID.isValid(commit, format: objectFormat),
            lines.count <= 2
        else { throw unknown }
        let prefix = "refs/heads/"
        let branch = lines.count == 2 && lines[1].hasPrefix(prefix) ? String(lines[1].dropFirst(prefix.count)) : nil
        return Base(reference: reference, commit: commit, branch: branch)
    }

    /// Name and address for commits, from the user's own configuration; nil where either is not set.
    public func identity(git: Git = Git()) async throws(TaskError) -> Identity? {
        let result = try await git.run(
            ["config", "--null", "--get-regexp", "^user\\.(name|email)$"], at: .discovered(path))
        var values: [String: String] = [:]
        for entry in result.outputText.split(separator: "\0") {
            let pair = entry.split(separator: "\n", maxSplits: 1)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
        }
        guard let name = values["user.name"], let email = values["user.email"] else { return nil }
        return Identity(name: name, email: email)
    }

    /// The branch that is checked out; nil where HEAD is detached.
    public func currentBranch(git: Git = Git()) async throws(TaskError) -> String? {
        let result = try await git.run(["symbolic-ref", "--quiet", "--short", "HEAD"], at: .discovered(path))
        return result.succeeded ? String(result.outputText.dropLast()) : nil
    }
}
