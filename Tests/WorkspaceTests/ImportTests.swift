import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

@Suite("what the host takes in")
struct ImportTests {
    /// A bundle with a commit on top of the base whose tree is made by a script that prints the tree's id.
    private func evil(_ task: TestTask, tree script: String, reference: String = "refs/task/head") throws -> [UInt8] {
        try task.scratch.sh("git clone -q repo evil 2>/dev/null")
        try task.scratch.sh(
            "blob=$(echo x | git hash-object -w --stdin); tree=$(\(script)); git update-ref \"$1\" $(git commit-tree -p $2 -m evil $tree); git bundle create -q ../evil.bundle \"$1\" ^$2",
            in: "evil", arguments: [reference, task.base.commit])
        return try Files.read("\(task.scratch.path)/evil.bundle", limit: 1 << 20)
    }

    /// The same bundle, by plain git without checks: what the guard is for.
    private func isTakenWithoutGuard(_ task: TestTask) throws -> Bool {
        try task.scratch.run(
            "git clone -q --bare repo plain.git; git --git-dir=plain.git fetch -q ./evil.bundle '+refs/*:refs/evil/*'"
        ).succeeded
    }

    @Test(
        "trees that would write outside or into .git are refused",
        arguments: [
            #"printf '100644 blob %s\t.git\n' $blob | git mktree"#,
            #"printf '100644 blob %s\t.GIT\n' $blob | git mktree"#,
            #"printf '100644 blob %s\t..\n' $blob | git mktree"#,
            #"printf '120000 blob %s\t.gitmodules\n' $blob | git mktree"#,
            #"printf '040000 tree %s\t.git\n' $(printf '100644 blob %s\thooks\n' $blob | git mktree) | git mktree"#,
            #"m=$(printf '[submodule "x"]\n\tpath = x\n\turl = y\n\tupdate = !touch /tmp/pwned\n' | git hash-object -w --stdin); printf '100644 blob %s\t.gitmodules\n' $m | git mktree"#,
            #"printf '100644 ../evil\0%b' '\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017\020\021\022\023\024' | git hash-object -t tree -w --stdin --literally"#,
        ])
    func refusesEvilTrees(script: String) async throws {
        let task = try await TestTask()
        let missing = script.contains("../evil")
        // The blob that is missing would stop the bundle from being made; the slash alone is to be refused.
        let tree =
            missing
            ? #"printf '100644 ../evil\0%b' "$(printf %s $blob | sed 's/../\\x&/g')" | git hash-object -t tree -w --stdin --literally"#
            : script
        let bundle = try evil(
            task, tree: missing ? "bash -c 'blob='$blob'; \(tree.replacingOccurrences(of: "'", with: "'\\''"))'" : tree)
        #expect(try isTakenWithoutGuard(task))
        let error = await #expect(throws: TaskError.self) { try await task.bring(bundle) }
        #expect(error?.message.contains("fsck error") == true, "\(error?.message ?? "")")
        #expect(try await task.store.results(git: quietGit) == Results())
        #expect(try await task.publish() == .nothing)
    }

    @Test("a harmless bundle of the same making is taken")
    func takesHarmless() async throws {
        let task = try await TestTask()
        let bundle = try evil(task, tree: #"printf '100644 blob %s\tfine\n' $blob | git mktree"#)
        #expect(try await task.bring(bundle).head != nil)
    }

    @Test("git's own import of a bundle is no guard", .enabled(if: hostGitIsOlder(than: "2.46")))
    func plainImportIsNoGuard() async throws {
        let task = try await TestTask()
        _ = try evil(task, tree: #"printf '100644 blob %s\t.git\n' $blob | git mktree"#)
        #expect(
            try task.scratch.run(
                "git clone -q --bare repo plain.git; git -c transfer.fsckObjects=true --git-dir=plain.git fetch -q ./evil.bundle '+refs/*:refs/evil/*'"
            ).succeeded)
    }

    @Test("refs that we do not know are not made")
    func refusesReferences() async throws {
        let task = try await TestTask()
        for name in [
            "refs/heads/main", "refs/task/base", "refs/task/kept/1", "refs/task/publishing", "refs/task/heads/-x",
            "HEAD", "refs/task/heads/a b", "refs/task/heads/../../heads/x", "refs/task/heads/x.lock",
        ] {
            let bundle = try headed(task, references: [name])
            let results = try await task.bring(bundle)
            #expect(results == Results(refused: [name]))
            #expect(
                try task.scratch.sh("git --git-dir=task/result.git for-each-ref --format='%(refname)'")
                    == "refs/task/base")
        }
        let clash = try await task.bring(try headed(task, references: ["refs/task/heads/a", "refs/task/heads/a/b"]))
        #expect(clash.heads.count == 1 && clash.refused == ["refs/task/heads/a/b"])
    }

    /// A bundle with a good pack and a header of our own making.
    private func headed(_ task: TestTask, references: [String], prerequisite: String? = nil) throws -> [UInt8] {
        try task.agent("test -e extra || { echo e >extra; git add extra; git commit -q -m extra; }")
        let commit = try task.agent("git rev-parse HEAD")
        let pack = try task.scratch.sh(
            "printf '%s\\n^%s\\n' $1 $2 | git pack-objects --revs --stdout -q --thin >../../pack.tmp; echo ok",
            in: "task/workspace", arguments: [commit, task.base.commit])
        try #require(pack == "ok")
        var header = "# v2 git bundle\n-\(prerequisite ?? task.base.commit) base\n"
        for name in references { header += "\(commit) \(name)\n" }
        return Array((header + "\n").utf8) + (try Files.read("\(task.scratch.path)/pack.tmp"))
    }

    @Test("a bundle that is malformed, too large, truncated or builds on other commits changes nothing")
    func refusesMalformed() async throws {
        let task = try await TestTask()
        try task.agent("echo good >good; git add good; git commit -q -m good")
        let before = try await task.bringHome()
        try task.agent("head -c 100000 /dev/urandom >big; git add big; git commit -q -m big")
        let good = try task.export().output
        let tip = try task.agent("git rev-parse HEAD")
        let text = String(decoding: good.prefix(200), as: UTF8.self)
        var broken: [(String, [UInt8])] = [
            ("empty", []), ("no bundle", Array("hello\n\n".utf8)), ("no end", Array("# v2 git bundle\n".utf8)),
            ("truncated", Array(good.dropLast(500))),
            ("header only", Array(good.prefix(text.range(of: "\n\n")!.upperBound.utf16Offset(in: text)))),
            ("flipped", good.enumerated().map { $0.offset == good.count / 2 ? ~$0.element : $0.element }),
            ("twice", try headed(task, references: ["refs/task/head", "refs/task/head"])),
            ("many", try headed(task, references: (0...200).map { "refs/task/heads/b\($0)" })),
            (
                "other base",
                try headed(task, references: ["refs/task/head"], prerequisite: String(repeating: "1", count: 40))
            ),
            ("long line", Array("# v2 git bundle\n".utf8) + [UInt8](repeating: 0x2D, count: 3 << 20)),
        ]
        broken.append(("filter", Array("# v3 git bundle\n@filter=blob:none\n\n".utf8)))
        broken.append(("format", Array("# v3 git bundle\n@object-format=sha256\n\n".utf8)))
        for (name, bytes) in broken {
            let error = await #expect(throws: TaskError.self, "\(name)") { try await task.bring(bytes) }
            #expect(error?.message.contains("\n") == false)
            #expect(try await task.store.results(git: quietGit) == before, "\(name)")
        }
        let error = await #expect(throws: TaskError.self) { try await task.bring(good, limit: 1 << 16) }
        #expect(error?.message.contains("sent more than") == true)
        #expect(try Files.list("\(task.scratch.path)/task").filter { $0.hasPrefix(".incoming") } == [])
        #expect(try await task.bring(good).head == tip)
        #expect(try !Files.list("\(task.store.path)/objects/pack").contains { $0.hasPrefix("tmp_") })
    }

    @Test("a bundle that claims a commit which it does not have is refused")
    func refusesMissingTip() async throws {
        let task = try await TestTask()
        var bundle = try headed(task, references: ["refs/task/head"])
        let commit = try task.agent("git rev-parse HEAD")
        let text = String(decoding: bundle.prefix(400), as: UTF8.self)
        let position = try #require(text.range(of: "\n\(commit)")).lowerBound.utf16Offset(in: text) + 1
        bundle[position] = bundle[position] == 0x30 ? 0x31 : 0x30
        await #expect(throws: TaskError.self) { try await task.bring(bundle) }
    }

    @Test("a ref to something else than a commit is refused")
    func refusesOtherObjects() async throws {
        let task = try await TestTask()
        for object in ["HEAD^{tree}", "HEAD:file", task.base.commit + "^{tree}"] {
            let good = try headed(task, references: ["refs/task/head"])
            let commit = try task.agent("git rev-parse HEAD")
            let other = try task.agent("git rev-parse '\(object)'")
            let bytes = Array(commit.utf8)
            let start = try #require(good.indices.first { good[$0...].starts(with: bytes) })
            let bundle = Array(good[..<start]) + Array(other.utf8) + Array(good[(start + bytes.count)...])
            await #expect(throws: TaskError.self) { try await task.bring(bundle) }
            #expect(try await task.store.results(git: quietGit) == Results())
        }
    }

    @Test("a pack that unfolds into more than memory is stopped")
    func bomb() async throws {
        let task = try await TestTask()
        // A commit object cannot be streamed: git has to hold all of it, here 9 GiB of spaces in a few megabytes.
        try task.scratch.sh(
            """
            python3 - "$1" >bomb.bundle <<'END'
            import sys, struct, zlib, hashlib
            size = 9 << 30
            head = [(size & 15) | (1 << 4)]
            rest = size >> 4
            while rest: head[-1] |= 128; head.append(rest & 127); rest >>= 7
            out = sys.stdout.buffer
            digest = hashlib.sha1()
            def put(data): digest.update(data); out.write(data)
            out.write(('# v2 git bundle\\n%s refs/task/head\\n\\n' % sys.argv[1]).encode())
            put(b'PACK' + struct.pack('>II', 2, 1) + bytes(head))
            pressed = zlib.compressobj(9)
            for _ in range(64): put(pressed.compress(b' ' * (1 << 20)))
            put(pressed.flush())
            out.write(digest.digest())
            END
            """, arguments: [String(repeating: "1", count: 40)])
        let error = await #expect(throws: TaskError.self) {
            try await task.bring(try Files.read("\(task.scratch.path)/bomb.bundle"))
        }
        #expect(error?.message.contains("memory") == true, "\(error?.message ?? "")")
    }

    @Test("a stream that stalls is given up")
    func stalls() async throws {
        let task = try await TestTask()
        let pipe = try Descriptor.pipe()
        try pipe.write.write(Array("# v2 git bundle\n".utf8))
        let error = await #expect(throws: TaskError.self) {
            try await task.store.importBundle(from: pipe.read, seconds: 1, git: quietGit)
        }
        #expect(error?.message.contains("within 1 s") == true)
        withExtendedLifetime(pipe) {}
    }

    @Test("a branch that is rewound, rewritten or removed keeps its old tip")
    func keepsOldTips() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1; git branch gone; git branch merged")
        let first = try await task.bringHome()
        let tip = try #require(first.branch)
        try task.agent("echo 2 >f; git commit -q -a -m 2; git branch -q -D gone merged")
        let grown = try await task.bringHome()
        #expect(grown.kept.isEmpty && grown.heads.isEmpty)
        try task.agent("git reset -q --hard main; echo 3 >f; git add f; git commit -q -m 3")
        let rewritten = try await task.bringHome()
        #expect(rewritten.branch != tip)
        #expect(Array(rewritten.kept.values) == [grown.branch].compactMap { $0 })
        #expect(try task.content("f", at: rewritten.kept["refs/task/kept/1"]) == "2")
        try task.agent("git reset -q --hard main")
        #expect(try task.export().status == .code(ExportScript.nothingNew))
        try await task.store.importNothing(git: quietGit)
        let emptied = try await task.store.results(git: quietGit)
        #expect(emptied.head == nil && emptied.branch == nil)
        #expect(Set(emptied.kept.values) == Set([grown.branch, rewritten.branch].compactMap { $0 }))
        // A branch below the name of one that is gone.
        try task.agent("git checkout -q -b x; echo x >x; git add x; git commit -q -m x")
        _ = try await task.bringHome()
        try task.agent("git checkout -q task/t1; git branch -m x x/y")
        #expect(try await task.bringHome().heads.keys.sorted() == ["x/y"])
    }

    @Test("two imports at once both arrive")
    func concurrent() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        let first = try task.export().output
        try task.agent("echo 2 >f; git commit -q -a -m 2")
        let second = try task.export().output
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask { _ = try await task.bring(first) }
                group.addTask { _ = try await task.bring(second) }
            }
            try await group.waitForAll()
        }
        let results = try await task.bring(second)
        #expect(results.branch == (try task.agent("git rev-parse HEAD")))
        // The older one in between was a step back: what it left was kept, once.
        #expect(results.kept.values.allSatisfy { $0 == results.branch } && results.kept.count <= 1)
    }
}

func hostGitIsOlder(than version: String) -> Bool {
    let text = (try? Subprocess("git", ["version"]).runBlocking())?.outputText ?? ""
    let number = text.split(separator: " ").dropFirst(2).first.map(String.init) ?? "0"
    return number.compare(version, options: .numeric) == .orderedAscending
}
