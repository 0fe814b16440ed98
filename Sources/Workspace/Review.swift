import Glibc
public import System
public import TaskModel

/// What a task has done, read from its result store: nothing of it is run, checked out or filtered.
public struct Review: Sendable {
    /// How changes are shown.
    public enum Form: Sendable {
        /// Line by line.
        case patch
        /// A line for each file (`--stat`).
        case stat
    }

    /// Sizes.
    public struct Summary: Equatable, Sendable {
        /// Commits that the base has not.
        public var commits = 0
        /// Files that differ, with what was not committed.
        public var files = 0
        /// Lines added.
        public var insertions = 0
        /// Lines removed.
        public var deletions = 0
        /// True where some of it was not committed.
        public var hasUncommitted = false
    }

    private let store: ResultStore
    private let git: Git
    /// The most bytes of a diff that are shown or searched.
    private static let limit = 64 << 20

    /// A review of what is in a store.
    public init(of store: ResultStore, git: Git = Git()) {
        self.store = store
        self.git = git
    }

    /// How much there is.
    public func summary() async throws(TaskError) -> Summary {
        let results = try await store.results(git: git)
        guard let tip = try await tip(of: results) else { return Summary() }
        var summary = Summary()
        summary.hasUncommitted = results.wip != nil
        let numbers = try await git.output(
            of: ["diff", "--numstat", "-z"] + Self.safely + [store.base.commit, tip], at: .own(store.path),
            to: "compare with the base")
        for line in numbers.outputText.split(separator: "\0") {
            let fields = line.split(separator: "\t", maxSplits: 2)
            summary.files += 1
            // A binary file has "-" for both.
            summary.insertions += fields.first.flatMap { Int($0) } ?? 0
            summary.deletions += fields.dropFirst().first.flatMap { Int($0) } ?? 0
        }
        if let main = try await results.main(in: store, git: git) {
            let count = try await git.output(
                of: ["rev-list", "--count", main, "^\(store.base.commit)"], at: .own(store.path), to: "count commits")
            summary.commits = Int(count.outputText.dropLast()) ?? 0
        }
        return summary
    }

    /// Writes what differs from the base, with what was not committed; nothing where nothing does.
    ///
    /// - Parameters:
    ///   - color: marks lines with colours.
    ///   - escaped: makes every other control character visible; false gives the patch byte for byte.
    ///   - output: where it goes. That its reader is gone is no error.
    /// - Throws: `TaskError`, also where it is longer than 64 MiB; what was written by then stays written.
    public func diff(_ form: Form, color: Bool, escaped: Bool, to output: Descriptor) async throws(TaskError) {
        guard let tip = try await tip(of: store.results(git: git)) else { return }
        let shape = form == .stat ? ["--stat=100"] : ["--patch"]
        let program = git.program(
            ["diff", color ? "--color=always" : "--color=never"] + shape + Self.safely + [store.base.commit, tip],
            at: .own(store.path))
        try await failing("show the changes") {
            try await onOwnThread {
                do {
                    var text = ColoredText()
                    try RunningProgram.stream(program, limit: Self.limit, to: "show the changes") {
                        try output.write(escaped ? text.append($0) : $0)
                    }
                    try output.write(text.finish())
                } catch let error as SystemError where error.code == EPIPE {
                    return
                }
            }
        }
    }

    /// What in the changes asks for a look before they are used.
    public func triggers() async throws(TaskError) -> [Trigger] {
        guard let tip = try await tip(of: store.results(git: git)) else { return [] }
        let raw = try await git.output(
            of: ["diff", "--raw", "-z", "--no-abbrev"] + Self.safely + [store.base.commit, tip], at: .own(store.path),
            to: "compare with the base")
        let changes = ChangedFile.parse(raw.outputText)
        let links = try await contents(of: changes.filter(\.isLink).map(\.id))
        let patch = git.program(
            ["diff", "--unified=0"] + Self.safely + [store.base.commit, tip], at: .own(store.path))
        let hidden = try await failing("search the changes") {
            try await onOwnThread {
                var search = HiddenTextSearch()
                try RunningProgram.stream(patch, limit: Self.limit, to: "search the changes") { search.append($0) }
                return search.found
            }
        }
        return Trigger.find(in: changes, links: links) + hidden.map { Trigger(path: $0, kind: .hiddenText) }
    }

    /// Where the links lead, by the ids of their blobs.
    private func contents(of ids: [String]) async throws(TaskError) -> [String: String] {
        var contents: [String: String] = [:]
        for id in Set(ids).prefix(1000) {
            let result = try await git.output(
                of: ["cat-file", "blob", id], at: .own(store.path), to: "read a symbolic link")
            contents[id] = result.outputText
        }
        return contents
    }

    /// The snapshot, which has everything, or the commit that stands for the work; nil where there is none.
    private func tip(of results: Results) async throws(TaskError) -> String? {
        if let wip = results.wip { return wip }
        return try await results.main(in: store, git: git)
    }

    /// Nothing of the configuration or of attributes may run or change what is shown; a rename shows as what it is.
    private static let safely = ["--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=none"]
}
