import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

@Suite("the mirror")
struct MirrorTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func mirrored(_ reference: String = "HEAD") async throws -> (Repository, Base, Mirror) {
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        let base = try await repository.resolve(reference, git: quietGit)
        let mirror = Mirror(stateDirectory: "\(scratch.path)/state", repository: repository)
        return (repository, base, mirror)
    }

    private func bring(_ reference: String = "HEAD") async throws -> (Base, Mirror) {
        let (repository, base, mirror) = try await mirrored(reference)
        try await mirror.bringIn(base, from: repository, git: quietGit)
        return (base, mirror)
    }

    private func isWhole(_ commit: String, in mirror: Mirror) throws -> Bool {
        try scratch.run("git --git-dir=\"$1\" rev-list --objects --quiet $2", arguments: [mirror.path, commit])
            .succeeded
    }

    @Test("it has the base's history and nothing else", arguments: ["sha1", "sha256"])
    func holdsHistory(format: String) async throws {
        try scratch.makeRepository(options: "--object-format=\(format)")
        try scratch.sh(
            "git remote add origin https://user:token@example.org/x; git checkout -q -b secret; echo secret >s; git add .; git commit -q -m secret; git checkout -q main; echo stash >file; git stash -q; echo two >file; git commit -q -a -m two",
            in: "repo")
        let before = try fingerprint("\(scratch.path)/repo")
        let (base, mirror) = try await bring()
        #expect(mirror.holds(base.commit))
        #expect(try fingerprint("\(scratch.path)/repo") == before)
        #expect(try isWhole(base.commit, in: mirror))
        let theirs = try scratch.sh("git rev-list --objects main | cut -d' ' -f1 | sort", in: "repo")
        let ours = try scratch.sh(
            "git --git-dir=\"$1\" cat-file --batch-all-objects --batch-check='%(objectname)' | sort",
            arguments: [mirror.path])
        #expect(ours == theirs)
        #expect(try !scratch.sh("cat \"$1/config\"", arguments: [mirror.path]).contains("token"))
        #expect(try scratch.sh("stat -c %a \"$1\"", arguments: [mirror.path]) == "700")
    }

    @Test("a commit that no ref leads to, and a tag")
    func takesAnyCommit() async throws {
        try scratch.makeRepository()
        let lost = try scratch.sh(
            "git checkout -q --detach; echo l >file; git commit -q -a -m lost; git rev-parse HEAD; git checkout -q main; git tag -a -m t v1",
            in: "repo")
        let (base, mirror) = try await bring(lost)
        #expect(base.commit == lost)
        #expect(try isWhole(lost, in: mirror))
        let (tag, _) = try await bring("v1")
        #expect(mirror.holds(tag.commit))
    }

    @Test("a second commit sends only what is new")
    func sendsDifference() async throws {
        try scratch.makeRepository()
        try scratch.sh("head -c 300000 /dev/urandom >big; git add .; git commit -q -m big", in: "repo")
        let (_, mirror) = try await bring()
        try scratch.sh("echo small >small; git add .; git commit -q -m small", in: "repo")
        let (base, _) = try await bring()
        #expect(try isWhole(base.commit, in: mirror))
        let packs = try Files.list("\(mirror.objects)/pack").filter { $0.hasSuffix(".pack") }
        let sizes = packs.compactMap { Files.size("\(mirror.objects)/pack/\($0)") }.sorted()
        #expect(sizes.count == 2 && sizes[0] < 2000 && sizes[1] > 300_000)
    }

    @Test("what was brought in needs no process, and not the repository any more")
    func fastPath() async throws {
        try scratch.makeRepository()
        let (base, mirror) = try await bring()
        let (repository, _, _) = try await mirrored()
        try scratch.sh("rm -rf repo")
        try await mirror.bringIn(base, from: repository, git: Git(environment: ["PATH": "/nonexistent"]))
        #expect(!mirror.holds(String(repeating: "0", count: 40)))
        #expect(!mirror.holds("../HEAD"))
    }

    @Test("a user's reset and prune takes nothing away")
    func survivesPrune() async throws {
        try scratch.makeRepository()
        try scratch.sh("echo two >file; git commit -q -a -m two", in: "repo")
        let (base, mirror) = try await bring()
        try scratch.sh(
            "git reset -q --hard HEAD~1; git reflog expire --expire=now --all; git gc -q --prune=now", in: "repo")
        #expect(try !scratch.run("git cat-file -e \(base.commit)", in: "repo").succeeded)
        #expect(try isWhole(base.commit, in: mirror))
        // The known commit is gone from the source, and the next one comes in nevertheless.
        try scratch.sh("echo three >file; git commit -q -a -m three", in: "repo")
        let (next, _) = try await bring()
        #expect(try isWhole(next.commit, in: mirror))
    }

    @Test("a shallow repository gives a shallow mirror, and unshallowing it a whole one")
    func shallow() async throws {
        try scratch.makeRepository("origin")
        try scratch.sh(
            "for i in 1 2 3 4; do echo $i >file; git commit -q -a -m $i; done; git checkout -q -b side HEAD~3; echo s >s; git add .; git commit -q -m side; git checkout -q main",
            in: "origin")
        try scratch.sh("git clone -q --depth 2 file://$PWD/origin repo")
        let (base, mirror) = try await bring()
        #expect(try isWhole(base.commit, in: mirror))
        #expect(
            try scratch.sh("git --git-dir=\"$1\" rev-list --count $2", arguments: [mirror.path, base.commit]) == "2")
        try scratch.sh(
            "git fetch -q --unshallow; git fetch -q origin side; git merge -q -m merge FETCH_HEAD", in: "repo")
        let (merged, _) = try await bring()
        #expect(try isWhole(merged.commit, in: mirror))
    }

    @Test("an interrupted run leaves nothing that counts, and the next one repairs")
    func interrupted() async throws {
        try scratch.makeRepository()
        try scratch.sh("head -c 60000000 /dev/urandom >big; git add .; git commit -q -m big", in: "repo")
        let (repository, base, mirror) = try await mirrored()
        // Cancelling kills both gits wherever they are.
        let running = Task { try await mirror.bringIn(base, from: repository, git: quietGit) }
        while ((try? Files.list("\(mirror.objects)/pack")) ?? []).isEmpty { usleep(500) }
        running.cancel()
        await #expect(throws: TaskError.self) { try await running.value }
        #expect(!mirror.holds(base.commit))
        #expect(try Files.list("\(mirror.objects)/pack").contains { $0.hasPrefix("tmp_pack") })
        try await mirror.bringIn(base, from: repository, git: quietGit)
        #expect(mirror.holds(base.commit))
        #expect(try isWhole(base.commit, in: mirror))
        #expect(try !Files.list("\(mirror.objects)/pack").contains { $0.hasPrefix("tmp_") })
    }

    @Test("several at once agree")
    func concurrent() async throws {
        try scratch.makeRepository()
        let (repository, base, mirror) = try await mirrored()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { try await mirror.bringIn(base, from: repository, git: quietGit) } }
            try await group.waitForAll()
        }
        #expect(try Files.list("\(mirror.objects)/pack").filter { $0.hasSuffix(".pack") }.count == 1)
    }

    @Test("a damaged source is an error with git's reason, and no commit is claimed")
    func damaged() async throws {
        try scratch.makeRepository()
        let (repository, base, mirror) = try await mirrored()
        try scratch.sh(
            "blob=$(git rev-parse HEAD:file); rm -f .git/objects/$(echo $blob | cut -c1-2)/$(echo $blob | cut -c3-)",
            in: "repo")
        let error = await #expect(throws: TaskError.self) {
            try await mirror.bringIn(base, from: repository, git: quietGit)
        }
        #expect(error?.message.hasPrefix("cannot read objects: ") == true)
        #expect(!mirror.holds(base.commit))
    }

    @Test("progress ends at 100")
    func progress() async throws {
        try scratch.makeRepository()
        let (repository, base, mirror) = try await mirrored()
        let seen = Seen()
        try await mirror.bringIn(base, from: repository, git: quietGit) { seen.add($0) }
        #expect(seen.values.last == 100)
    }
}

final class Seen: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [Int] = []
    var values: [Int] { lock.withLock { list } }
    func add(_ value: Int) { lock.withLock { list.append(value) } }
}
