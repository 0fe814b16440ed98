import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

@Suite("what is found out about the user's repository")
struct InspectionTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test("the top level, the common directory and the object format", arguments: ["sha1", "sha256"])
    func findsRepository(format: String) async throws {
        try scratch.makeRepository(options: "--object-format=\(format)")
        try scratch.sh("mkdir -p 'repo/a b'; ln -s repo/a\\ b link")
        let repository = try await Repository.find(from: "\(scratch.path)/link", git: quietGit)
        #expect(repository.path == "\(scratch.path)/repo")
        #expect(repository.gitDirectory == "\(scratch.path)/repo/.git")
        #expect(repository.objectFormat == format)
    }

    @Test("a linked worktree has its own top and the common directory of the main one")
    func findsWorktree() async throws {
        try scratch.makeRepository()
        try scratch.sh(
            "git worktree add -q ../wt -b side; cd ../wt; echo s >side; git add .; git commit -q -m side", in: "repo")
        let repository = try await Repository.find(from: "\(scratch.path)/wt", git: quietGit)
        #expect(repository.path == "\(scratch.path)/wt")
        #expect(repository.gitDirectory == "\(scratch.path)/repo/.git")
        let base = try await repository.resolve(git: quietGit)
        #expect(base.branch == "side")
        #expect(base.commit == (try scratch.sh("git rev-parse side", in: "repo")))
    }

    @Test("the caller's GIT_ variables do not lead elsewhere")
    func ignoresEnvironment() async throws {
        try scratch.makeRepository("repo")
        try scratch.makeRepository("other")
        var environment = Scratch.environment
        environment["GIT_DIR"] = "\(scratch.path)/other/.git"
        environment["GIT_WORK_TREE"] = "\(scratch.path)/other"
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: Git(environment: environment))
        #expect(repository.path == "\(scratch.path)/repo")
    }

    @Test("places that are no usable repository are told apart")
    func refusesOthers() async throws {
        try scratch.sh("mkdir none; git init -q --bare bare.git; git init -q empty")
        try scratch.makeRepository()
        try scratch.sh("printf '[core' >.git/config", in: "empty")
        try scratch.sh("git init -q fresh; git clone -q --filter=blob:none file://$PWD/repo partial; git init -q two")
        let expected = [
            ("none", "is not in a git repository"), ("bare.git", "is a bare repository"),
            ("fresh", "has no commit yet"),
            ("repo/.git", "is inside a git directory"), ("partial", "is a partial clone"),
            ("empty", "bad config line 2"), ("missing", "is not in a git repository"),
        ]
        for (name, message) in expected {
            let error = await #expect(throws: TaskError.self) {
                try await Repository.find(from: "\(scratch.path)/\(name)", git: quietGit)
            }
            #expect(error?.message.contains(message) == true, "\(name): \(error?.message ?? "")")
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test("a repository of another owner is refused with git's own reason", .enabled(if: getuid() == 0))
    func refusesOtherOwner() async throws {
        try scratch.makeRepository()
        try FileTree.changeOwner("\(scratch.path)/repo", user: 12345, group: 12345)
        let error = await #expect(throws: TaskError.self) {
            try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        }
        #expect(error?.message.contains("dubious ownership") == true)
        // A user who has told git to trust it is believed, in every later call too.
        try Files.replace("\(scratch.path)/.gitconfig", with: Array("[safe]\n\tdirectory = *\n".utf8))
        var environment = Scratch.environment
        environment["HOME"] = scratch.path
        let git = Git(environment: environment)
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: git)
        let base = try await repository.resolve(git: git)
        #expect(try await repository.uncommittedChanges(git: git).isEmpty)
        let mirror = Mirror(stateDirectory: "\(scratch.path)/state", repository: repository)
        try await mirror.bringIn(base, from: repository, git: git)
        #expect(mirror.holds(base.commit))
    }

    @Test("references are resolved, and unknown ones named")
    func resolves() async throws {
        try scratch.makeRepository()
        try scratch.sh("git tag -a -m t v1; git branch feature/x; echo two >file; git commit -q -a -m two", in: "repo")
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        let first = try scratch.sh("git rev-parse v1^{}", in: "repo")
        let second = try scratch.sh("git rev-parse HEAD", in: "repo")
        let expected: [(String, String, String?)] = [
            ("HEAD", second, "main"), ("main", second, "main"), ("v1", first, nil), ("feature/x", first, "feature/x"),
            ("refs/heads/main", second, "main"), (first, first, nil), (String(first.prefix(8)), first, nil),
            ("HEAD~1", first, nil), ("@", second, "main"),
        ]
        for (name, commit, branch) in expected {
            #expect(
                try await repository.resolve(name, git: quietGit)
                    == Base(reference: name, commit: commit, branch: branch))
        }
        for name in ["nope", "", "--all", "v1..main", "^main", "HEAD:file", "-x", "main main", "\u{1B}[31m"] {
            let error = await #expect(throws: TaskError.self) { try await repository.resolve(name, git: quietGit) }
            #expect(error?.message.contains("'\(PlainText.line(name))' is not a commit") == true)
        }
        try scratch.sh("git checkout -q --detach", in: "repo")
        #expect(try await repository.resolve(git: quietGit).branch == nil)
        #expect(try await repository.currentBranch(git: quietGit) == nil)
    }

    @Test("uncommitted changes are counted and named")
    func countsChanges() async throws {
        try scratch.makeRepository()
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        #expect(try await repository.uncommittedChanges(git: quietGit).isEmpty)
        try scratch.sh(
            "git mv file moved; echo x >'-q\"\u{1B}'; mkdir dir; echo y >dir/y; echo ign >.gitignore; echo i >ign",
            in: "repo")
        let changes = try await repository.uncommittedChanges(git: quietGit)
        #expect(changes.count == 4)
        #expect(Set(changes.names) == ["moved", "-q\"\\u{1B}", "dir/", ".gitignore"])
        #expect(try await repository.uncommittedChanges(untracked: false, git: quietGit).names == ["moved"])
    }

    @Test("looking changes nothing, and runs no hook or monitor of the repository")
    func looksOnly() async throws {
        try scratch.makeRepository()
        try scratch.sh(
            "printf '#!/bin/sh\\ntouch %s/ran\\n' \"$1\" >evil; chmod +x evil; git config core.fsmonitor \"$1/repo/evil\"; sleep 0.01; touch file",
            in: "repo", arguments: [scratch.path])
        // Without the guard it runs.
        try scratch.sh("git -C repo status >/dev/null; test -e ran")
        try scratch.sh("rm ran; touch repo/file")
        let before = try fingerprint("\(scratch.path)/repo")
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        _ = try await repository.resolve(git: quietGit)
        _ = try await repository.uncommittedChanges(git: quietGit)
        _ = try await repository.identity(git: quietGit)
        #expect(try fingerprint("\(scratch.path)/repo") == before)
        #expect(!Files.exists("\(scratch.path)/ran"))
    }

    @Test("the identity is the user's own, and nil where half of it is missing")
    func identity() async throws {
        try scratch.makeRepository()
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        #expect(try await repository.identity(git: quietGit) == nil)
        try scratch.sh("command git config user.name 'A \"B\" C'", in: "repo")
        #expect(try await repository.identity(git: quietGit) == nil)
        try scratch.sh("command git config user.email a@b", in: "repo")
        #expect(try await repository.identity(git: quietGit) == Identity(name: "A \"B\" C", email: "a@b"))
    }

    @Test("the place of a task's branch")
    func taskBranch() async throws {
        try scratch.makeRepository()
        let repository = try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
        let id = try #require(TaskID("t1"))
        #expect(try await repository.taskBranch(id, git: quietGit) == .absent)
        try scratch.sh("git branch task/t10; git branch task/t1/below", in: "repo")
        #expect(try await repository.taskBranch(id, git: quietGit) == .blocked(by: "task/t1/below"))
        try scratch.sh("git branch -D -q task/t1/below; git branch task/t1", in: "repo")
        let commit = try scratch.sh("git rev-parse HEAD", in: "repo")
        #expect(try await repository.taskBranch(id, git: quietGit) == .exists(commit: commit, worktree: nil))
        try scratch.sh("git worktree add -q '../w t' task/t1", in: "repo")
        #expect(
            try await repository.taskBranch(id, git: quietGit)
                == .exists(commit: commit, worktree: "\(scratch.path)/w t"))
        try scratch.sh("git worktree remove '../w t'; git branch -D -q task/t1 task/t10; git branch task", in: "repo")
        #expect(try await repository.taskBranch(id, git: quietGit) == .blocked(by: "task"))
    }
}
