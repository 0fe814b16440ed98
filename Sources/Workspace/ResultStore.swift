import System
public import TaskModel

/// A bare repository of this program in a task's directory that keeps what the agent did. It borrows the base's history
/// from the mirror; nothing in it is ever removed.
public struct ResultStore: Sendable {
    /// The directory, `<task>/result.git`.
    public let path: String
    /// The commit that the task started from.
    public let base: Base
    /// `sha1` or `sha256`.
    public let objectFormat: String

    var objects: String { "\(path)/objects" }

    /// The store of a task.
    public init(taskDirectory: String, base: Base, objectFormat: String) {
        path = "\(taskDirectory)/result.git"
        self.base = base
        self.objectFormat = objectFormat
    }

    /// Makes the repository; one that is there already stays.
    public func create(borrowingFrom mirror: Mirror) throws(TaskError) {
        if Files.exists("\(path)/HEAD") { return }
        let layout = RepositoryLayout(
            directory: path, objectFormat: objectFormat, bare: true, head: "refs/heads/none",
            settings: [("gc", "auto", "0"), ("maintenance", "auto", "false")])
        try failing("make '\(path)'") {
            try Files.makeDirectory("\(objects)/info")
            try layout.borrow(from: mirror.objects)
            try Shallow.add(from: mirror.path, to: path)
            try layout.writeReference(Self.baseReference, commit: base.commit)
            try layout.write()
        }
    }

    /// What has arrived so far.
    public func results(git: Git = Git()) async throws(TaskError) -> Results {
        let all = try await references(git: git)
        var results = Results(
            references: all.filter { !$0.key.hasPrefix(Self.keptPrefix) && !Self.isOwn($0.key) }
                .map { (name: $0.key, commit: $0.value) })
        results.kept = all.filter { $0.key.hasPrefix(Self.keptPrefix) }
        return results
    }

    /// The commit that was last going to be put on the user's branch: noted before it is done, so that a crash in
    /// between is not mistaken for a change by the user.
    func publishing(git: Git) async throws(TaskError) -> String? {
        try await references(git: git)[Self.publishingReference]
    }

    /// Every ref with its commit.
    func references(git: Git) async throws(TaskError) -> [String: String] {
        let result = try await git.output(
            of: ["for-each-ref", "--format=%(objectname) %(refname)", "refs/task"], at: .own(path),
            to: "read '\(path)'")
        var references: [String: String] = [:]
        for line in result.outputText.split(separator: "\n") {
            let pair = line.split(separator: " ", maxSplits: 1)
            if pair.count == 2 { references[String(pair[1])] = String(pair[0]) }
        }
        return references
    }

    /// Which of some commits cannot be reached from any of some tips.
    public func unreachable(
        _ commits: Set<String>, from tips: Set<String>, git: Git = Git()
    ) async throws(TaskError) -> Set<String> {
        let doubtful = commits.subtracting(tips)
        if doubtful.isEmpty { return [] }
        let lines = doubtful.sorted() + tips.sorted().map { "^\($0)" }
        let result = try await git.output(
            of: ["rev-list", "--stdin"], at: .own(path), to: "compare commits in '\(path)'",
            input: lines.map { $0 + "\n" }.joined())
        return doubtful.intersection(result.outputText.split(separator: "\n").map(String.init))
    }

    /// Changes refs, all or none (git-update-ref(1)).
    func update(_ commands: [String], git: Git) async throws(TaskError) {
        if commands.isEmpty { return }
        _ = try await git.output(
            of: ["update-ref", "--stdin", "-m", "task"], at: .own(path), to: "change refs in '\(path)'",
            input: commands.map { $0 + "\n" }.joined())
    }

    static let baseReference = "refs/task/base"
    static let publishingReference = "refs/task/publishing"
    static let keptPrefix = "refs/task/kept/"

    private static func isOwn(_ name: String) -> Bool { name == baseReference || name == publishingReference }
}
