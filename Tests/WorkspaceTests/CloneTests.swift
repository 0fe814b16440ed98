import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

@Suite("the private clone")
struct CloneTests {
    @Test("the base commit is checked out on the task's branch, clean and whole", arguments: ["sha1", "sha256"])
    func checksOut(format: String) async throws {
        let task = try await TestTask(
            options: "--object-format=\(format)",
            prepare:
                "printf '#!/bin/sh\\n' >run; chmod +x run; ln -s file link; mkdir -p 'd/e f'; echo x >'d/e f/ü'; git add .; git commit -q -m more; git branch other; git remote add origin https://user:token@example.org/x"
        )
        #expect(try task.agent("git status --porcelain") == "")
        #expect(try task.agent("git symbolic-ref HEAD") == "refs/heads/task/t1")
        #expect(try task.agent("git rev-parse HEAD main") == "\(task.base.commit)\n\(task.base.commit)")
        #expect(try task.agent("git for-each-ref --format='%(refname)'") == "refs/heads/main\nrefs/heads/task/t1")
        #expect(try task.agent("git remote") == "")
        #expect(try task.agent("cat .git/config | grep -c token || true") == "0")
        #expect(try task.agent("git fsck 2>&1") == "")
        #expect(try task.agent("ls .git") == "HEAD\nconfig\nindex\nobjects\nrefs")
        #expect(try task.agent("command git config user.name") == "The \"User\"")
        #expect(try task.agent("cat 'd/e f/ü'; test -x run; readlink link") == "x\nfile")
        let again = try task.agent("git clone -q . ../again 2>&1; git -C ../again fsck 2>&1; ls ../again/run")
        #expect(again == "../again/run")
        try task.agent("echo y >>file; git commit -q -a -m agent")
        #expect(try task.agent("git diff --stat main... | tail -1").contains("1 insertion"))
    }

    @Test("the alternates name the path inside, as a clone of the clone can read it")
    func alternates() async throws {
        let task = try await TestTask()
        let other = PrivateClone(
            task: task.id, base: task.base, mirror: task.mirror, objectsInside: "/.task/objects", identity: nil)
        try await other.make(at: "\(task.scratch.path)/second", git: quietGit)
        let text = try task.scratch.sh("cat second/.git/objects/info/alternates")
        #expect(text == "/.task/objects")
        await #expect(throws: TaskError.self) { try await other.make(at: "\(task.scratch.path)/second", git: quietGit) }
    }

    @Test("no filter, hook or template of the user takes part")
    func runsNothing() async throws {
        let scratch = try Scratch()
        let task = try await TestTask(
            scratch, prepare: "echo '* filter=evil' >.gitattributes; git add .; git commit -q -m attributes")
        let config =
            "[filter \"evil\"]\n\tsmudge = touch \(scratch.path)/ran\n[init]\n\ttemplateDir = \(scratch.path)/template\n"
        try Files.replace("\(scratch.path)/.gitconfig", with: Array(config.utf8))
        var environment = Scratch.environment
        environment["HOME"] = scratch.path
        let clone = PrivateClone(
            task: task.id, base: task.base, mirror: task.mirror, objectsInside: "/o", identity: nil)
        try await clone.make(at: "\(scratch.path)/second", git: Git(environment: environment))
        #expect(!Files.exists("\(scratch.path)/ran"))
        // A plain clone runs it.
        _ = try scratch.run("HOME=$PWD git clone -q repo third")
        #expect(Files.exists("\(scratch.path)/ran"))
    }

    @Test("a base branch whose name cannot stand beside the task's is left out", arguments: ["task", "task/t1"])
    func clashingBranch(name: String) async throws {
        let task = try await TestTask(prepare: "git checkout -q -b \(name)")
        #expect(try task.agent("git for-each-ref --format='%(refname)'") == "refs/heads/task/t1")
    }

    @Test("a shallow history is whole for git inside")
    func shallow() async throws {
        let scratch = try Scratch()
        try scratch.makeRepository("origin")
        try scratch.sh("for i in 1 2 3; do echo $i >file; git commit -q -a -m $i; done", in: "origin")
        let task = try await TestTask(
            scratch, prepare: "cd ..; rm -rf repo; git clone -q --depth 2 file://$PWD/origin repo")
        #expect(try task.agent("git log --oneline | wc -l") == "2")
        #expect(try task.agent("git fsck 2>&1") == "")
        try task.agent("echo agent >file; git commit -q -a -m agent; echo w >wip")
        let results = try await task.bringHome()
        #expect(try task.content("wip", at: results.wip) == "w")
        guard case .published(let commit, _) = try await task.publish() else {
            Issue.record("not published")
            return
        }
        #expect(try scratch.sh("git rev-parse task/t1; git fsck 2>&1", in: "repo") == commit)
    }

    @Test("everything is given to the owner", .enabled(if: getuid() == 0))
    func owner() async throws {
        let task = try await TestTask()
        try await PrivateClone(
            task: task.id, base: task.base, mirror: task.mirror, objectsInside: "/o", identity: nil,
            owner: Owner(user: 1234, group: 2345)
        ).make(at: "\(task.scratch.path)/second", git: quietGit)
        #expect(try task.scratch.sh("find second -printf '%U:%G\\n' | sort -u") == "1234:2345")
    }
}

@Suite("files that are included by name")
struct IncludeTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func repository() async throws -> Repository {
        try scratch.makeRepository()
        return try await Repository.find(from: "\(scratch.path)/repo", git: quietGit)
    }

    @Test("files, directories and links arrive with their modes")
    func copies() async throws {
        let repository = try await repository()
        try scratch.sh(
            "mkdir -p a/b/.git a/ro 'd d'; echo k >a/.env; chmod 600 a/.env; echo x >a/b/run; chmod 755 a/b/run; echo g >a/b/.git/config; ln -s /nowhere a/l; ln -s a la; echo r >a/ro/r; chmod 555 a/ro; echo new >file; echo s >'d d/-s'",
            in: "repo")
        let includes = try Includes(["a/", "./d d/-s", "file", "la/b/run"], in: repository)
        try scratch.sh("mkdir out; echo old >out/file; ln -s file out/d")
        try includes.copy(to: "\(scratch.path)/out")
        let found = try scratch.sh("cd out; find . ! -type d -printf '%P %m %y %l|\\n'").split(separator: "\n")
        #expect(
            Set(found) == [
                "a/.env 600 f |", "a/b/run 755 f |", "a/l 777 l /nowhere|", "a/ro/r 644 f |", "d 777 l file|",
                "d d/-s 644 f |", "file 644 f |",
            ])
        #expect(try scratch.sh("cat out/file out/a/.env 'out/d d/-s'") == "new\nk\ns")
    }

    @Test("what would leave the project, or is not there, is refused before anything is made")
    func refuses() async throws {
        let repository = try await repository()
        try scratch.sh(
            "mkdir sub; ln -s .. sub/up; ln -s /etc out; ln -s .git git; mkfifo sub/pipe; mkdir .GIT 2>/dev/null || true; mkdir -p n/.git; echo c >n/.git/config",
            in: "repo")
        let refused = [
            "/etc/passwd", "../x", "sub/../file", "missing", "out/passwd", ".git", ".git/config", "git/config", ".",
            "", "sub", "sub/pipe", "n/.git", "n/.git/config", ".GIT", "sub//up", "sub/up/../../x",
        ]
        for path in refused {
            #expect(throws: TaskError.self, "\(path)") { _ = try Includes([path], in: repository) }
        }
        #expect(throws: Never.self) { _ = try Includes(["file", "sub/up/file", "out"], in: repository) }
    }

    @Test("nothing is written through a link that the commit has")
    func linkInCommit() async throws {
        let repository = try await repository()
        try scratch.sh("mkdir dir; echo secret >dir/x", in: "repo")
        try scratch.sh("mkdir out target; ln -s \"$PWD/target\" out/dir")
        let includes = try Includes(["dir/x"], in: repository)
        #expect(throws: TaskError.self) { try includes.copy(to: "\(scratch.path)/out") }
        #expect(try scratch.sh("ls target") == "")
    }

    @Test("they come with the clone")
    func withClone() async throws {
        let task = try await TestTask(
            scratch, prepare: "echo .env >.gitignore; git add .; git commit -q -m i; echo KEY >.env")
        let clone = PrivateClone(
            task: task.id, base: task.base, mirror: task.mirror, objectsInside: task.mirror.objects, identity: nil,
            includes: try Includes([".env"], in: task.repository))
        try await clone.make(at: "\(scratch.path)/second", git: quietGit)
        #expect(try scratch.sh("cat .env; git status --porcelain", in: "second") == "KEY")
    }
}
