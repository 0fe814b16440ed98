public import System
public import TaskModel

extension ResultStore {
    /// Takes in the bundle that the export script wrote. Its bytes may be anything: they are counted while they are
    /// received, the header is read here, every object is checked (git-fsck(1), `--strict`), and only refs that are
    /// known are made. Where it fails, the refs are what they were.
    ///
    /// - Parameters:
    ///   - stream: what the script prints, to its end.
    ///   - limit: how many bytes it may have.
    ///   - seconds: how long receiving and checking may each take.
    /// - Returns: what the store holds now.
    public func importBundle(
        from stream: Descriptor, limit: Int = 512 << 20, seconds: Int = 600, git: Git = Git()
    ) async throws(TaskError) -> Results {
        let lock = try await lock()
        defer { withExtendedLifetime(lock) {} }
        let (path, format, objects) = (path, objectFormat, objects)
        let (bundle, header) = try await failing("receive the work of the sandbox") {
            try await onOwnThread {
                let bundle = try BundleFile.receive(
                    stream, in: Files.parent(of: path), limit: limit, seconds: seconds)
                try ObjectStore.removeUnfinished(in: objects)
                return (bundle, try bundle.readHeader(objectFormat: format))
            }
        }
        guard header.prerequisites.allSatisfy({ $0 == base.commit }) else {
            throw TaskError(.failed, "the bundle of the sandbox builds on commits that it was not given")
        }
        var arrived = Results(references: header.references)
        try await store(bundle, seconds: seconds, git: git)
        try await checkWhole(arrived, git: git)
        try await point(to: arrived.references, git: git)
        let refused = arrived.refused.map { PlainText.line($0, limit: 200) }
        arrived = try await results(git: git)
        arrived.refused = refused
        return arrived
    }

    /// Takes note that the export script found nothing new (`ExportScript.nothingNew`): what was there before is kept,
    /// but is no longer the current work.
    public func importNothing(git: Git = Git()) async throws(TaskError) {
        let lock = try await lock()
        defer { withExtendedLifetime(lock) {} }
        try await point(to: [:], git: git)
    }

    private func store(_ bundle: BundleFile, seconds: Int, git: Git) async throws(TaskError) {
        var program = git.program(
            ["-c", "core.packedGitLimit=2g", "index-pack", "--stdin", "--fix-thin", "--strict"], at: .own(path))
        // A small pack can describe a huge object: git may take 8 GiB of address space and no more. Setting that fails
        // only where the limit is lower already.
        program.arguments =
            ["-c", "ulimit -v 8388608 2>/dev/null; exec \"$@\"", "sh", program.executable] + program.arguments
        program.executable = "/bin/sh"
        let ready = program
        let result = try await failing("check the work of the sandbox") { () async throws in
            try await ready.run(input: .descriptor(bundle.file), seconds: seconds)
        }
        if !result.succeeded { throw Git.failure("accept the work of the sandbox", result) }
    }

    /// All that the new refs reach must be there, and each must be a commit.
    private func checkWhole(_ arrived: Results, git: Git) async throws(TaskError) {
        let tips = Set(arrived.references.values)
        if tips.isEmpty { return }
        _ = try await git.output(
            of: ["rev-list", "--objects", "--quiet", "--stdin", "--not", "--all"], at: .own(path),
            to: "accept the work of the sandbox", input: tips.sorted().map { "\($0)^{commit}\n" }.joined(),
            seconds: 600)
    }

    /// Makes the current refs exactly these. A tip that nothing would lead to any more gets a ref of its own first;
    /// only snapshots, of which every export makes another, are simply replaced.
    private func point(to new: [String: String], git: Git) async throws(TaskError) {
        let all = try await references(git: git)
        let old = Results(references: all.map { (name: $0.key, commit: $0.value) }).references
        let kept = all.filter { $0.key.hasPrefix(Self.keptPrefix) }
        let tips = Set(new.values).union(kept.values).union([base.commit])
        let left = Set(old.filter { $0.key != "refs/task/wip" && new[$0.key] != $0.value }.values)
        let lost = try await unreachable(left, from: tips, git: git).sorted()
        let first = (kept.keys.compactMap { Int($0.dropFirst(Self.keptPrefix.count)) }.max() ?? 0) + 1
        let keeping = lost.enumerated().map { "create \(Self.keptPrefix)\(first + $0.offset) \($0.element)" }
        let deleting = old.filter { new[$0.key] == nil }.map { "delete \($0.key) \($0.value)" }
        let updating = new.filter { old[$0.key] != $0.value }
            .map { "update \($0.key) \($0.value) \(old[$0.key] ?? String(repeating: "0", count: $0.value.count))" }
        // Apart: a branch `a/b` can come in the place of a branch `a`.
        if deleting.isEmpty {
            try await update(keeping + updating, git: git)
        } else {
            try await update(keeping + deleting, git: git)
            try await update(updating, git: git)
        }
    }

    private func lock() async throws(TaskError) -> FileLock {
        let path = path
        let lock = try await failing("lock '\(path)'") {
            try await onOwnThread { try FileLock.take("\(path)/task.lock", waitingMilliseconds: 600_000) }
        }
        guard let lock else { throw TaskError(.failed, "'\(path)' is kept busy by another process") }
        return lock
    }
}
