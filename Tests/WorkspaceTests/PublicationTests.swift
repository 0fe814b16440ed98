import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

@Suite("the branch in the user's repository")
struct PublicationTests {
    private func tip(_ task: TestTask) throws -> String { try task.scratch.sh("git rev-parse task/t1", in: "repo") }

    @Test("nothing but the branch, its log and objects changes", arguments: ["sha1", "sha256"])
    func changesNothingElse(format: String) async throws {
        let task = try await TestTask(
            options: "--object-format=\(format)",
            prepare:
                "git branch b; git pack-refs --all; git gc -q; git tag t; echo dirty >>file; echo staged >s; git add s; git remote add origin /nowhere; git config fetch.prune true; git config fetch.writeCommitGraph true; git config gc.auto 1; mkdir -p .git/hooks; for h in reference-transaction post-merge post-update; do printf '#!/bin/sh\\ntouch %s/ran\\n' \"${PWD%/repo}\" >.git/hooks/$h; chmod +x .git/hooks/$h; done"
        )
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        let results = try await task.bringHome()
        let before = try fingerprint("\(task.scratch.path)/repo")
        #expect(try await task.publish() == .published(commit: results.branch ?? "", alsoKept: [:]))
        let after = try fingerprint("\(task.scratch.path)/repo")
        let changed = Set(after.filter { before[$0.key] != $0.value }.keys).union(
            Set(before.keys).subtracting(after.keys))
        let unexpected = changed.filter {
            !$0.hasPrefix(".git/objects/pack/pack-") && $0 != ".git/refs/heads/task" && $0 != ".git/refs/heads/task/t1"
                && $0 != ".git/logs/refs/heads/task" && $0 != ".git/logs/refs/heads/task/t1"
        }
        #expect(unexpected == [])
        #expect(!Files.exists("\(task.scratch.path)/ran"))
        #expect(changed.contains(".git/refs/heads/task/t1") && changed.contains(".git/logs/refs/heads/task/t1"))
        #expect(try task.scratch.sh("git fsck 2>&1 | grep -v dangling || true", in: "repo") == "")
        // Without the guard the hook runs.
        try task.scratch.sh("git update-ref refs/heads/x HEAD; test -e ../ran", in: "repo")
    }

    @Test("each commit of a task gets a line in its notes, once, beside what its user has noted")
    func notes() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1; echo 2 >f; git commit -q -a -m 2")
        let commit = try #require(try await task.bringHome().branch)
        #expect(try await task.publish() == .published(commit: commit, alsoKept: [:]))
        try task.scratch.sh("git notes add -m mine task/t1; git notes add -m base main", in: "repo")
        for _ in 0..<2 { try await task.publication.note("made by t1", upTo: commit) }
        #expect(try task.scratch.sh("git log -1 --format=%N task/t1", in: "repo") == "mine\n\nmade by t1\n")
        #expect(try task.scratch.sh("git log -1 --format=%N task/t1^", in: "repo") == "made by t1\n")
        #expect(try task.scratch.sh("git log -1 --format=%N main", in: "repo") == "base\n")
        #expect(
            try task.scratch.sh("git log -1 --format='%an %ae' refs/notes/commits", in: "repo") == "task task@localhost"
        )
    }

    @Test("it follows the work, and again is no change")
    func follows() async throws {
        let task = try await TestTask()
        #expect(try await task.publish() == .nothing)
        try task.agent("echo w >w")
        _ = try await task.bringHome()
        #expect(try await task.publish() == .nothing)
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        let first = try #require(try await task.bringHome().branch)
        #expect(try await task.publish() == .published(commit: first, alsoKept: [:]))
        #expect(try await task.publish(last: first) == .unchanged(commit: first, alsoKept: [:]))
        try task.agent("echo 2 >f; git commit -q -a -m 2")
        let second = try #require(try await task.bringHome().branch)
        #expect(try await task.publish(last: first) == .published(commit: second, alsoKept: [:]))
        try task.agent("git reset -q --hard main; echo 3 >f; git add .; git commit -q -m 3")
        let third = try #require(try await task.bringHome().branch)
        #expect(
            try await task.publish(last: second)
                == .published(commit: third, alsoKept: ["refs/task/kept/1": second]))
        // The user can get what was left out.
        try task.scratch.sh(
            "git fetch -q ../task/result.git refs/task/kept/1:refs/heads/rescued; git cat-file -e rescued:f", in: "repo"
        )
    }

    @Test("HEAD counts where it is ahead of the branch, and else is named")
    func choosesCommit() async throws {
        let task = try await TestTask()
        try task.agent("git checkout -q -b feature; echo 1 >f; git add f; git commit -q -m 1")
        let ahead = try await task.bringHome()
        #expect(ahead.branch == nil)
        let feature = try #require(ahead.head)
        #expect(try await task.publish() == .published(commit: feature, alsoKept: [:]))
        try task.agent("git checkout -q task/t1; echo 2 >g; git add g; git commit -q -m 2; git checkout -q feature")
        let apart = try await task.bringHome()
        let branch = try #require(apart.branch)
        #expect(
            try await task.publish(last: feature)
                == .published(
                    commit: branch, alsoKept: ["refs/task/head": feature, "refs/task/heads/feature": feature]))
    }

    @Test("a branch that the user moved, made or removed is left alone")
    func leavesUsersBranch() async throws {
        let task = try await TestTask(prepare: "git branch task/t1")
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        let first = try #require(try await task.bringHome().branch)
        #expect(try await task.publish() == .movedByUser(to: task.base.commit))
        #expect(try tip(task) == task.base.commit)
        try task.scratch.sh("git branch -D -q task/t1", in: "repo")
        #expect(try await task.publish() == .published(commit: first, alsoKept: [:]))
        let users = try task.scratch.sh(
            "git update-ref refs/heads/task/t1 $(git commit-tree -p task/t1 -m mine task/t1^{tree}); git rev-parse task/t1",
            in: "repo")
        try task.agent("echo 2 >f; git commit -q -a -m 2")
        _ = try await task.bringHome()
        #expect(try await task.publish(last: first) == .movedByUser(to: users))
        #expect(try tip(task) == users)
        try task.scratch.sh("git branch -D -q task/t1", in: "repo")
        #expect(try await task.publish(last: first) == .movedByUser(to: nil))
        #expect(throws: (any Error).self) { try tip(task) }
    }

    @Test("a branch that is checked out is left alone, in any worktree")
    func leavesCheckedOut() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        let first = try #require(try await task.bringHome().branch)
        _ = try await task.publish()
        try task.scratch.sh("git worktree add -q ../wt task/t1", in: "repo")
        try task.agent("echo 2 >f; git commit -q -a -m 2")
        let second = try #require(try await task.bringHome().branch)
        #expect(try await task.publish(last: first) == .checkedOut(worktree: "\(task.scratch.path)/wt"))
        #expect(try tip(task) == first)
        try task.scratch.sh("git worktree remove ../wt; git checkout -q task/t1", in: "repo")
        #expect(try await task.publish(last: first) == .checkedOut(worktree: "\(task.scratch.path)/repo"))
        try task.scratch.sh("git checkout -q main", in: "repo")
        #expect(try await task.publish(last: first) == .published(commit: second, alsoKept: [:]))
    }

    @Test("a crash after the branch was moved is not mistaken for the user")
    func crashAfterMove() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        _ = try await task.bringHome()
        _ = try await task.publish()
        try task.agent("echo 2 >f; git commit -q -a -m 2")
        let second = try #require(try await task.bringHome().branch)
        // What the first call had put there was never recorded.
        #expect(try await task.publish(last: nil) == .published(commit: second, alsoKept: [:]))
    }

    @Test("a name that another branch makes impossible is an error that names it")
    func blocked() async throws {
        let task = try await TestTask(prepare: "git branch task")
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        _ = try await task.bringHome()
        let error = await #expect(throws: TaskError.self) { try await task.publish() }
        #expect(error?.message.contains("the branch 'task'") == true)
    }

    @Test("work comes home into a repository that has lost the base")
    func baseIsGone() async throws {
        let task = try await TestTask(prepare: "echo two >file; git commit -q -a -m two")
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        let commit = try #require(try await task.bringHome().branch)
        try task.scratch.sh(
            "git reset -q --hard HEAD~1; git reflog expire --expire=now --all; git gc -q --prune=now", in: "repo")
        #expect(try await task.publish() == .published(commit: commit, alsoKept: [:]))
        #expect(try task.scratch.sh("git fsck 2>&1; git rev-list --count task/t1", in: "repo") == "3")
    }

    @Test("a branch that moves between the look and the move is left alone")
    func movesMeanwhile() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        _ = try await task.bringHome()
        // This git makes the branch the moment before the move.
        try task.scratch.sh(
            """
            mkdir bin; real=$(unset -f git; command -v git); cat >bin/git <<END
            #!/bin/sh
            case "\\$*" in *update-ref*create-reflog*) $real -C $PWD/repo branch -f task/t1 main ;; esac
            exec $real "\\$@"
            END
            chmod +x bin/git
            """)
        var environment = Scratch.environment
        environment["PATH"] = "\(task.scratch.path)/bin:\(environment["PATH"] ?? "")"
        let publication = Publication(
            of: task.id, from: task.store, into: task.repository, git: Git(environment: environment))
        #expect(try await publication.publish(lastPublished: nil) == .movedByUser(to: task.base.commit))
        #expect(try tip(task) == task.base.commit)
    }

    @Test("of two at once one moves the branch, and both know where it is")
    func concurrent() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1")
        let commit = try #require(try await task.bringHome().branch)
        let outcomes = try await withThrowingTaskGroup(of: Publication.Outcome.self) { group in
            for _ in 0..<4 { group.addTask { try await task.publish() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for outcome in outcomes {
            switch outcome {
            case .published(commit, _), .unchanged(commit, _), .movedByUser(to: commit): continue
            default: Issue.record("\(outcome)")
            }
        }
        #expect(try tip(task) == commit)
    }

    @Test("an agent's alternates reach nothing of the host")
    func alternatesTheft() async throws {
        let task = try await TestTask()
        try task.scratch.makeRepository("private")
        try task.scratch.sh("echo secret >secret; git add .; git commit -q -m secret", in: "private")
        let secret = try task.scratch.sh("git rev-parse HEAD", in: "private")
        // Git on the host, over the agent's repository, copies the private commit.
        try task.agent(
            "echo ../../../../private/.git/objects >>.git/objects/info/alternates; git update-ref refs/heads/task/t1 \(secret)"
        )
        try task.scratch.sh(
            "git init -q theft; git -C theft fetch -q ../task/workspace task/t1; git -C theft show FETCH_HEAD:secret")
        // Here the export runs without the private repository in sight, as in a sandbox.
        try task.scratch.sh("mv private hidden")
        let result = try task.export()
        try task.scratch.sh("mv hidden private")
        if result.succeeded { _ = try await task.bring(result.output) }
        _ = try await task.publish()
        #expect(try !task.scratch.run("git cat-file -e \(secret)", in: "repo").succeeded)
        #expect(try !task.scratch.run("git --git-dir=task/result.git cat-file -e \(secret)").succeeded)
    }

    @Test("a pipe in the place of the configuration holds up nothing on the host")
    func configurationPipe() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1; rm .git/config; mkfifo .git/config")
        // Git on the host, over the agent's repository, waits for ever.
        #expect(try task.scratch.run("timeout 1 git --git-dir=task/workspace/.git log").status == .code(124))
        let commit = try #require(try await task.bringHome().branch)
        #expect(try await task.publish() == .published(commit: commit, alsoKept: [:]))
    }
}
