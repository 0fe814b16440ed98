import Foundation
import System
import TaskModel
import Testing

@testable import Workspace

@Suite("what is shown of the work")
struct ReviewTests {
    private func shown(_ task: TestTask, _ form: Review.Form = .patch, color: Bool = false, escaped: Bool = true)
        async throws -> String
    {
        let path = "\(task.scratch.path)/shown"
        let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_TRUNC)
        try await Review(of: task.store, git: quietGit).diff(form, color: color, escaped: escaped, to: file)
        return String(decoding: try Files.read(path, limit: 100 << 20), as: UTF8.self)
    }

    @Test("nothing imported: nothing shown")
    func empty() async throws {
        let task = try await TestTask()
        let review = Review(of: task.store, git: quietGit)
        #expect(try await review.summary() == Review.Summary())
        #expect(try await review.triggers() == [])
        #expect(try await shown(task) == "")
    }

    @Test("commits and uncommitted work are one diff, which applies")
    func diff() async throws {
        let task = try await TestTask()
        try task.agent("echo 1 >f; git add f; git commit -q -m 1; echo 2 >>file; head -c 100 /dev/zero >bin")
        _ = try await task.bringHome()
        let summary = try await Review(of: task.store, git: quietGit).summary()
        #expect(summary == Review.Summary(commits: 1, files: 3, insertions: 2, deletions: 0, hasUncommitted: true))
        #expect(try await shown(task, .stat).contains(" 3 files changed, 2 insertions(+)"))
        let patch = try await shown(task, escaped: false)
        #expect(patch.contains("+2") && patch.contains("+1"))
        try task.scratch.sh(
            "mv shown x.patch; sed -i '/^diff --git a.bin/,/^diff --git a.f /{/^diff --git a.f /!d}' x.patch; cd repo; git apply ../x.patch; cat file f"
        )
        #expect(try task.scratch.sh("cat file f", in: "repo") == "one\n2\n1")
    }

    @Test("nothing in it reaches the terminal but colours")
    func escapes() async throws {
        let task = try await TestTask()
        try task.agent(
            "printf 'a\\033]0;TITLE\\007\\033[2J\\033[31mred\\033[0m\\rb\\302\\233z\\342\\200\\256\\n' >f; echo x >\"$(printf 'n\\033]52;c;x\\007')\"; git add .; git commit -q -m x"
        )
        _ = try await task.bringHome()
        let text = try await shown(task, color: true)
        #expect(text.contains("\u{1B}[32m+"))
        #expect(text.contains("\\u{1B}]0;TITLE\\u{7}\\u{1B}[2J"))
        let controls = text.replacing(/\u{1B}\[[0-9;]*m/, with: "").unicodeScalars.filter {
            $0.value < 0x20 && $0 != "\n" && $0 != "\t" || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E
        }
        #expect(controls.isEmpty)
        #expect(try await shown(task, escaped: false).contains("\u{1B}]0;TITLE\u{7}"))
    }

    @Test("no program and no attribute of the work takes part")
    func runsNothing() async throws {
        let task = try await TestTask()
        try task.agent("echo '*.sh -diff diff=evil' >.gitattributes; echo hidden >x.sh; git add .; git commit -q -m x")
        _ = try await task.bringHome()
        #expect(try await shown(task).contains("+hidden"))
    }

    @Test("a diff that is too long ends with an error")
    func tooLong() async throws {
        let task = try await TestTask()
        try task.agent(
            "yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 70000000 >f; git add f; git commit -q -m long"
        )
        _ = try await task.bringHome()
        let error = await #expect(throws: TaskError.self) { try await shown(task, escaped: false) }
        #expect(error?.message == "cannot show the changes: it is longer than 64 MiB")
        #expect((Files.size("\(task.scratch.path)/shown") ?? 0) > 60_000_000)
    }

    @Test("a reader that goes away is no error")
    func readerGone() async throws {
        let task = try await TestTask()
        try task.agent("yes | head -c 3000000 >f; git add f; git commit -q -m long")
        _ = try await task.bringHome()
        signal(SIGPIPE, SIG_IGN)
        var pipe: (read: Descriptor, write: Descriptor)? = try Descriptor.pipe()
        let write = try #require(pipe?.write)
        pipe = nil
        try await Review(of: task.store, git: quietGit).diff(.patch, color: false, escaped: true, to: write)
    }

    @Test("what deserves a look is listed")
    func triggers() async throws {
        let task = try await TestTask()
        try task.agent(
            """
            mkdir -p .husky .github/workflows src sub/.vscode; echo x >.husky/pre-commit; echo x >.github/workflows/ci.yml
            echo x >src/main.c; echo x >sub/.vscode/tasks.json; echo x >Makefile; echo x >.gitattributes
            echo x >run; chmod +x run; chmod +x file; ln -s ../../etc/passwd src/out; ln -s ../file src/in; ln -s /abs abs
            printf 'ok\\n++ b/fake\\nif \\342\\200\\256 admin\\n' >src/bidi; printf 'caf\\303\\251\\n' >src/plain
            git add .; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),vendored; git commit -q -m x
            """)
        let results = try await task.bring(try task.export(snapshot: false).output)
        try #require(results.head != nil)
        let triggers = try await Review(of: task.store, git: quietGit).triggers()
        let expected: [(String, Trigger.Kind)] = [
            (".gitattributes", .runs), (".github/workflows/ci.yml", .runs), (".husky/pre-commit", .runs),
            ("Makefile", .runs), ("abs", .outwardLink), ("file", .executable), ("run", .executable),
            ("src/out", .outwardLink), ("sub/.vscode/tasks.json", .runs), ("vendored", .submodule),
            ("src/bidi", .hiddenText),
        ]
        #expect(triggers == expected.map { Trigger(path: $0.0, kind: $0.1) })
    }

    @Test("hunks are counted, so that no line can pass for a header")
    func hiddenText() {
        var search = HiddenTextSearch()
        let patch =
            "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@ f\n-+++ b/one\n---- a\n++++ b/y\n+@@ -1 +1 @@\n+\u{202E}\n--- a/z\n+++ b/z\n@@ -0,0 +1 @@\n+\u{2066}\n+++ \u{202E}\n"
        for byte in patch.utf8 { search.append([byte]) }
        #expect(search.found == ["x", "z"])
    }

    @Test("raw diffs are read with any name")
    func rawDiff() {
        let id = String(repeating: "a", count: 40)
        let text = ":000000 100755 \(id) \(id) A\0-x\n\"y\"\0:100644 000000 \(id) \(id) D\0Makefile\0"
        let changes = ChangedFile.parse(text)
        #expect(changes.map(\.path) == ["-x\n\"y\"", "Makefile"])
        #expect(Trigger.find(in: changes, links: [:]) == [Trigger(path: "-x\\u{A}\"y\"", kind: .executable)])
        #expect(ChangedFile.parse("") == [] && ChangedFile.parse(":1 2\0x\0") == [])
    }
}

@Suite("merging")
struct MergeTests {
    private func merge(_ task: TestTask) async throws -> String {
        let said = Said()
        try await task.repository.merge(task.id, git: quietGitOfUser) { said.add($0) }
        return said.text
    }

    private var quietGitOfUser: Git {
        let identity = [
            "GIT_AUTHOR_NAME": "u", "GIT_AUTHOR_EMAIL": "u@x", "GIT_COMMITTER_NAME": "u", "GIT_COMMITTER_EMAIL": "u@x",
        ]
        return Git(environment: Scratch.environment.merging(identity) { $1 })
    }

    private func prepared(_ prepare: String = "") async throws -> TestTask {
        let task = try await TestTask(prepare: prepare)
        try task.agent("echo agent >file; git commit -q -a -m agent")
        _ = try await task.bringHome()
        _ = try await task.publish()
        return task
    }

    @Test("the branch is merged with the user's settings and hooks")
    func merges() async throws {
        let task = try await prepared(
            "git config merge.ff false; printf '#!/bin/sh\\necho \"\\033]0;x\\007hook\"\\n' >hook; chmod +x hook; mkdir -p .git/hooks; mv hook .git/hooks/post-merge; echo u >untracked"
        )
        let said = try await merge(task)
        #expect(said.contains("\\u{1B}]0;x\\u{7}hook"))
        #expect(try task.scratch.sh("cat file; git rev-list --count --merges HEAD", in: "repo") == "agent\n1")
        #expect(try await merge(task).contains("Already up to date"))
    }

    @Test("uncommitted changes, a detached HEAD and a missing branch are refused")
    func refuses() async throws {
        let task = try await prepared()
        let before = try task.scratch.sh("git rev-parse HEAD", in: "repo")
        try task.scratch.sh("echo dirty >>file", in: "repo")
        var error = await #expect(throws: TaskError.self) { try await merge(task) }
        #expect(error?.message.hasSuffix("has 1 uncommitted changes: file") == true)
        try task.scratch.sh("git checkout -q file; git checkout -q --detach", in: "repo")
        error = await #expect(throws: TaskError.self) { try await merge(task) }
        #expect(error?.message.contains("no branch is checked out") == true)
        try task.scratch.sh("git checkout -q main; git branch -q -D task/t1", in: "repo")
        error = await #expect(throws: TaskError.self) { try await merge(task) }
        #expect(error?.message.contains("has no branch 'task/t1'") == true)
        #expect(try task.scratch.sh("git rev-parse HEAD; git status --porcelain", in: "repo") == before)
    }

    @Test("a conflict is left as git leaves it")
    func conflicts() async throws {
        let task = try await prepared()
        try task.scratch.sh("echo user >file; git commit -q -a -m user", in: "repo")
        let error = await #expect(throws: TaskError.self) { try await merge(task) }
        #expect(error?.message == "'task/t1' conflicts with 'main'")
        #expect(error?.next == "git status, then git commit, or git merge --abort")
        #expect(
            try task.scratch.sh("git status --porcelain; git merge --abort; git status --porcelain", in: "repo")
                == "UU file")
    }
}

final class Said: @unchecked Sendable {
    private let lock = NSLock()
    private var list = ""
    var text: String { lock.withLock { list } }
    func add(_ value: String) { lock.withLock { list += value } }
}
