import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

@Suite("what leaves the sandbox")
struct ExportTests {
    @Test("nothing new: nothing is printed, and the exit code says so")
    func nothing() async throws {
        let task = try await TestTask()
        let result = try task.export()
        #expect(result.status == .code(ExportScript.nothingNew))
        #expect(result.output.isEmpty)
        // An older commit is nothing new either.
        let older = try await TestTask(prepare: "echo two >file; git commit -q -a -m two")
        try older.agent("git reset -q --hard HEAD~1")
        #expect(try older.export().status == .code(ExportScript.nothingNew))
    }

    @Test("commits, other branches and uncommitted work arrive; ignored files do not", arguments: ["sha1", "sha256"])
    func everything(format: String) async throws {
        let task = try await TestTask(options: "--object-format=\(format)")
        try task.agent(
            """
            echo '*.log' >.gitignore; git add .; git commit -q -m ignore
            git checkout -q -b side/ä; echo s >side; git add .; git commit -q -m side; git checkout -q task/t1
            echo staged >staged; git add staged; echo changed >file; mkdir -p 'new dir'; echo n >'new dir/"q"'; echo l >x.log
            printf 'a\\nb' >"$(printf 'line\\nbreak')"; echo d >-dash; ln -s /etc/passwd link
            """)
        let results = try await task.bringHome()
        #expect(results.head == (try task.agent("git rev-parse HEAD")))
        #expect(results.branch == results.head)
        #expect(results.heads == ["side/ä": try task.agent("git rev-parse side/ä")])
        #expect(results.refused.isEmpty)
        #expect(try task.content("file", at: results.wip) == "changed")
        #expect(try task.content("new dir/\"q\"", at: results.wip) == "n")
        #expect(try task.content("line\nbreak", at: results.wip) == "a\nb")
        #expect(try task.content("staged", at: results.wip) == "staged")
        let names = try task.scratch.sh(
            "git --git-dir=task/result.git ls-tree --name-only $1", arguments: [results.wip ?? ""])
        #expect(
            Set(names.split(separator: "\n"))
                == ["\"line\\nbreak\"", "-dash", ".gitignore", "file", "link", "new dir", "staged"])
        #expect(
            try task.scratch.sh("git --git-dir=task/result.git rev-parse $1^", arguments: [results.wip ?? ""])
                == results.head)
    }

    @Test("the workspace is not written to, and nothing of its configuration runs")
    func leavesAlone() async throws {
        let task = try await TestTask()
        try task.agent(
            """
            printf '#!/bin/sh\\ntouch ../ran\\n' >evil; chmod +x evil; mkdir .git/hooks
            for h in post-index-change reference-transaction pre-commit post-commit; do cp evil .git/hooks/$h; done
            command git config core.fsmonitor "$PWD/evil"; command git config filter.x.clean "$PWD/evil"
            echo '* filter=x' >.gitattributes; echo more >>file
            """)
        let before = try fingerprint(task.workspace)
        try task.scratch.sh("chmod -R a-w task/workspace")
        let results = try await task.bringHome()
        try task.scratch.sh("chmod -R u+w task/workspace")
        #expect(try task.content("file", at: results.wip) == "one\nmore")
        #expect(try fingerprint(task.workspace).keys == before.keys)
        #expect(!Files.exists("\(task.scratch.path)/task/ran"))
        // Git itself, in that place, runs them.
        try task.agent("git status >/dev/null 2>&1 || true")
        #expect(Files.exists("\(task.scratch.path)/task/ran"))
    }

    @Test("the same state gives the same commits")
    func deterministic() async throws {
        let task = try await TestTask()
        try task.agent("echo w >wip")
        let first = try await task.bringHome()
        usleep(1_100_000)
        #expect(try await task.bringHome() == first)
    }

    @Test("a snapshot can be left out")
    func withoutSnapshot() async throws {
        let task = try await TestTask()
        try task.agent("echo c >c; git add c; git commit -q -m c; echo w >w")
        let results = try await task.bring(try task.export(snapshot: false).output)
        #expect(results.wip == nil && results.head != nil)
    }

    @Test("HEAD detached, on another branch, in a merge, in a rebase")
    func states() async throws {
        let task = try await TestTask()
        try task.agent("git checkout -q --detach; echo d >d; git add .; git commit -q -m d")
        let detached = try await task.bringHome()
        #expect(detached.head == (try task.agent("git rev-parse HEAD")))
        #expect(detached.branch == nil)

        try task.agent(
            "git checkout -q -b other; echo o >d; git commit -q -a -m o; git checkout -q task/t1; echo t >d; git add .; git commit -q -m t; git merge other >/dev/null || true"
        )
        let merging = try await task.bringHome()
        #expect(merging.branch == (try task.agent("git rev-parse task/t1")))
        #expect(try task.content("d", at: merging.wip).contains("<<<<<<<"))

        try task.agent("git merge --abort; git rebase other >/dev/null 2>&1 || true; test -d .git/rebase-merge")
        let rebasing = try await task.bringHome()
        #expect(rebasing.head == (try task.agent("git rev-parse HEAD")))
        #expect(rebasing.branch == merging.branch)
        #expect(rebasing.heads["other"] == rebasing.head)
        #expect(try task.content("d", at: rebasing.wip).contains(">>>>>>>"))
    }

    @Test(
        "damage loses as little as can be",
        arguments: [
            "echo garbage >.git/index", "rm .git/index", "rm .git/HEAD", "echo 'ref: refs/heads/unborn' >.git/HEAD",
            "printf '[core' >.git/config", "rm .git/config; mkfifo .git/config", "rm -rf .git",
            "echo x >.git/packed-refs",
            "rm -rf .git/refs", "rm -rf .git/objects", "rm -rf .git; echo 'gitdir: /nowhere' >.git",
            "command git config core.worktree /etc; command git config core.bare true",
            "for o in .git/objects/??/*; do rm -f $o; done", "echo ../../../etc/passwd >.git/HEAD; rm .git/index",
            "git checkout -q --orphan fresh", "chmod 000 .git/index; : >.git/refs/heads/broken",
        ])
    func damage(script: String) async throws {
        let task = try await TestTask()
        try task.agent("echo c >c; git add c; git commit -q -m c; echo w >w")
        try task.agent(script)
        let results = try await task.bringHome()
        #expect(try task.content("w", at: results.wip) == "w")
        #expect(try task.content("c", at: results.wip) == "c")
        #expect(try task.content("file", at: results.wip) == "one")
    }

    @Test("files of nested repositories are exported as files")
    func nested() async throws {
        let task = try await TestTask()
        try task.agent(
            """
            git init -q 'sub x'; echo s >'sub x/s'; git init -q 'sub x/deep'; echo d >'sub x/deep/d'
            git -C 'sub x/deep' add .; git -C 'sub x/deep' commit -q -m d; git -C 'sub x' add s; git -C 'sub x' commit -q -m s
            git init -q empty; echo e >empty/e; git init -q dir/in; echo i >dir/in/i; echo n >n
            """)
        let exported = try task.export()
        #expect(exported.errorText.contains("task: the files of the nested repository 'sub x' were exported without"))
        let results = try await task.bring(exported.output)
        for (path, content) in [
            ("sub x/s", "s"), ("sub x/deep/d", "d"), ("empty/e", "e"), ("dir/in/i", "i"), ("n", "n"),
        ] {
            #expect(try task.content(path, at: results.wip) == content)
        }
        #expect(
            try !task.scratch.sh("git --git-dir=task/result.git ls-tree -r $1", arguments: [results.wip ?? ""])
                .contains("160000"))
    }

    @Test("unreadable files and pipes do not stop the rest", .enabled(if: getuid() == 0))
    func unreadable() async throws {
        let task = try await TestTask()
        try task.agent(
            "echo c >c; git add c; git commit -q -m c; echo s >secret; chmod 000 secret; mkfifo pipe; echo w >w; mkdir closed; echo x >closed/x; chmod 000 closed"
        )
        try FileTree.changeOwner(task.workspace, user: 4321, group: 4321)
        try task.scratch.sh("chmod 755 . task")
        var arguments = ExportScript.arguments(
            workspace: task.workspace, task: task.id, base: task.base, objects: task.mirror.objects)
        arguments = ["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"] + arguments
        try task.scratch.sh("chmod -R a+rX state")
        let result = try Subprocess(arguments[0], Array(arguments.dropFirst()), environment: Scratch.environment)
            .runBlocking()
        #expect(result.succeeded, "\(result.errorText)")
        let results = try await task.bring(result.output)
        #expect(results.head != nil)
        #expect(try task.content("w", at: results.wip) == "w")
        #expect(throws: (any Error).self) { try task.content("secret", at: results.wip) }
    }

    @Test("HEAD is read without git")
    func head() async throws {
        let task = try await TestTask()
        func head() throws -> RunResult {
            let arguments = ExportScript.headArguments(workspace: task.workspace)
            return try Subprocess(arguments[0], Array(arguments.dropFirst()), environment: ["PATH": "/nonexistent"])
                .runBlocking()
        }
        #expect(try head().outputText == "\(task.base.commit)\n")
        try task.agent("git pack-refs --all; test ! -e .git/refs/heads/task/t1")
        #expect(try head().outputText == "\(task.base.commit)\n")
        try task.agent("git checkout -q --detach")
        #expect(try head().outputText == "\(task.base.commit)\n")
        try task.agent("git checkout -q --orphan none")
        #expect(try head().status == .code(1))
        try task.agent("rm -rf .git")
        #expect(try head().status == .code(1))
    }
}
