import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct ComingHomeTests {
        /// Makes a commit, as an agent does.
        private static let commits = "commit() { echo $1 > $1.txt; git add $1.txt; git commit -qm $1; }; "

        @Test("what is committed on a detached HEAD or another branch comes home", arguments: TestEngine.all)
        func elsewhere(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let detached = world.name("detached")
                #expect(
                    try world.agent(detached, Self.commits + "git switch -q --detach; commit a; commit b").code == 0)
                #expect(try world.git("log", "--format=%s", "main..task/\(detached)") == "b\na")

                let other = world.name("other")
                #expect(try world.agent(other, Self.commits + "git switch -qc side; commit a").code == 0)
                #expect(try world.git("log", "--format=%s", "main..task/\(other)") == "a")

                let both = world.name("both")
                let script = Self.commits + "commit a; git switch -qc side HEAD^; commit b"
                #expect(try world.agent(both, script).code == 0)
                #expect(try world.git("log", "--format=%s", "main..task/\(both)") == "a")
                let exported = try #require(try world.events(both).first { $0.event == .exported })
                #expect(exported.data["otherBranches"] == "refs/task/head refs/task/heads/side")
                let results = "\(world.state)/task/tasks/\(both)/result.git"
                #expect(
                    try world.git("--git-dir=\(results)", "log", "-1", "--format=%s", "refs/task/heads/side") == "b")
                // None of it is on any other branch of the user's.
                let branches = try world.git("for-each-ref", "--format=%(refname:short)").split(separator: "\n")
                #expect(
                    Set(branches.map(String.init)) == ["main", "task/\(detached)", "task/\(other)", "task/\(both)"])
            }
        }

        @Test("a commit comes home at once when it is asked for", arguments: TestEngine.all)
        func atOnce(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("diff")
                try world.start(name, Self.commits + "commit a; echo new > new.txt; echo ready; sleep 120")
                try world.wait(name, prints: "ready")
                let outcome = try world.task("diff", name)
                #expect(outcome.output.contains("+++ b/a.txt"))
                #expect(outcome.output.contains("+++ b/new.txt"))
                #expect(try world.git("ls-tree", "--name-only", "task/\(name)") == "a.txt\nreadme.txt")
                #expect(try world.record(name).currentState.phase == .running)
            }
        }

        @Test("a commit comes home by itself while the agent goes on")
        func byItself() throws {
            var waiting: [() throws -> Void] = []
            try inWorlds(TestEngine.all) { world in
                let name = world.name("poll")
                try world.start(name, Self.commits + "commit a; sleep 120")
                waiting.append {
                    let reference = "\(world.project)/.git/refs/heads/task/\(name)"
                    try world.wait("the branch of '\(name)' appears") { Files.exists(reference) }
                    #expect(try world.git("show", "task/\(name):a.txt") == "a")
                    #expect(try world.record(name).currentState.phase == .running)
                }
            } then: {
                for body in waiting { try body() }
            }
        }

        @Test("uncommitted work shows in the diff and not on the branch; ignored files stay", arguments: TestEngine.all)
        func uncommitted(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try world.write(".gitignore", "build/\n*.log\n")
                try world.commit("ignore")
                let name = world.name("dirty")
                let script = """
                    echo changed >> readme.txt; echo staged > staged.txt; git add staged.txt; echo new > new.txt
                    mkdir build; echo ignored > build/out; echo ignored > x.log
                    """
                let outcome = try world.agent(name, script)
                #expect(outcome.code == 0)
                #expect(outcome.errors.contains("it left uncommitted work"))
                #expect(try world.git("for-each-ref", "refs/heads/task") == "")
                let diff = try world.task("diff", name).output
                for file in ["readme.txt", "staged.txt", "new.txt"] {
                    #expect(diff.contains("+++ b/\(file)"), "\(file)")
                }
                for text in ["build", "x.log", "ignored"] { #expect(!diff.contains(text), "\(text)") }
            }
        }

        @Test(
            "an agent that deletes .git loses nothing else; one that changes nothing leaves nothing",
            arguments: TestEngine.all)
        func noRepository(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let deleted = world.name("deleted")
                let outcome = try world.agent(deleted, "echo kept > kept.txt; rm -rf .git")
                #expect(outcome.code == 0)
                #expect(outcome.errors.contains("it left uncommitted work"), "\(outcome.errors)")
                let diff = try world.task("diff", deleted)
                #expect(diff.output.contains("+++ b/kept.txt"), "\(diff.errors)")
                #expect(!diff.output.contains("readme.txt"))

                let idle = world.name("idle")
                #expect(try world.agent(idle, "true").errors.contains("it changed nothing"))
                #expect(try world.task("diff", idle).output == "")
                #expect(try world.git("for-each-ref", "refs/heads/task") == "")
            }
        }

        @Test(
            "no file name or content acts on the terminal, and the patch in a pipe is exact", arguments: TestEngine.all)
        func names(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("names")
                let program = #"""
                    use utf8;
                    my @names = ("two\nlines", 'quo"te', "-rf", "grün", "esc\e]0;title\a", "csi\e[2J", "bidi\x{202e}txt", "c1\x{9b}31m");
                    for my $name (@names) {
                        utf8::encode(my $path = $name);
                        open(my $file, ">", "./$path") or die "$path: $!";
                        print $file "content \e]52;c;aGk=\a \e[5m \xc2\x9b31m \xe2\x80\xae\n";
                    }
                    """#
                let outcome = try world.task([
                    "run", "--isolated", "--wait", "--name", name, "--", "perl", "-e", program,
                ])
                #expect(outcome.code == 0, "\(outcome.output)")

                for arguments in [["diff", name], ["diff", "--stat", name]] {
                    let shown = try world.onTerminal(arguments)
                    #expect(shown.code == 0)
                    #expect(acting(shown.bytes) == [], "\(arguments)")
                    #expect(String(decoding: shown.bytes, as: UTF8.self).contains("quo"))
                }
                let piped = try world.task("diff", name)
                // The contents are in it byte for byte: that is what the terminal was protected from.
                #expect(piped.output.contains("\u{1B}]52;c;"))
                #expect(acting(Array(piped.errors.utf8)) == [])
                let patch = "\(world.root)/patch"
                try Data(piped.output.utf8).write(to: URL(filePath: patch))
                try world.git("apply", patch)
                let files = Set(try Files.list(world.project))
                #expect(files.isSuperset(of: ["two\nlines", "quo\"te", "-rf", "grün", "esc\u{1B}]0;title\u{07}"]))
            }
        }

        @Test("a task starts where it is told to, and knows who the user is", arguments: TestEngine.all)
        func start(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let first = try world.git("rev-parse", "HEAD")
                try world.git("tag", "-a", "-m", "annotated", "v1")
                try world.git("switch", "-qc", "feature")
                try world.write("sub/dir/deep.txt", "deep\n")
                try world.commit("second")
                try world.git("switch", "-q", "main")
                for (index, (base, subject)) in [("v1", "first"), ("feature", "second"), (first, "first")].enumerated()
                {
                    let name = world.name("base\(index)")
                    let outcome = try world.agent(
                        name, "echo @subject=$(git log -1 --format=%s); git commit -q --allow-empty -m more",
                        options: ["--base", base])
                    #expect(Findings(outcome.output)["subject"] == subject, "\(base)")
                    #expect(try world.git("rev-parse", "task/\(name)^") == world.git("rev-parse", "\(base)^{commit}"))
                    let author = try world.git("log", "-1", "--format=%an <%ae> %cn", "task/\(name)")
                    #expect(author == "Test <test@example.invalid> Test")
                }

                try world.git("switch", "-q", "feature")
                let below = try world.task(
                    ["run", "--isolated", "--wait", "--name", world.name("sub"), "--", "pwd"],
                    in: "\(world.project)/sub/dir")
                #expect(below.output == "\(world.project)/sub/dir\n", "\(below.errors)")
            }
        }

        @Test(
            "a project below root's own home is one too", .enabled(if: getuid() == 0 && Files.isDirectory("/root")),
            arguments: TestEngine.all)
        func belowRoot(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let folder = "/root/task-test-\(world.prefix)"
                defer { try? FileTree.remove(folder) }
                try world.git("clone", "-q", world.project, "\(folder)/deep/project")
                let name = world.name("root")
                let script = Self.commits + "pwd; git config user.name A; git config user.email a; commit a"
                let outcome = try world.task(
                    ["run", "--isolated", "--wait", "--name", name, "--", "sh", "-c", script],
                    in: "\(folder)/deep/project")
                #expect(outcome.output == "\(folder)/deep/project\n", "\(outcome.errors)")
                #expect(try world.git("show", "task/\(name):a.txt", in: "\(folder)/deep/project") == "a")
            }
        }

        @Test(
            "nothing that an agent makes of its .git holds up its task or acts on the host", arguments: TestEngine.all)
        func hostileRepository(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let marker = "\(world.root)/ran-on-the-host"
                let start = Date()
                for (suffix, script) in [
                    (
                        "fifos",
                        "mkdir -p .git/info; for f in HEAD config index packed-refs shallow info/exclude; do rm -f .git/$f; mkfifo .git/$f; done"
                    ),
                    ("links", "rm -rf .git; ln -s / .git"),
                    ("loop", "rm -rf .git/objects .git/refs; ln -s . .git/refs; ln -s ../.. .git/objects"),
                    ("elsewhere", "rm -rf .git; echo 'gitdir: \(world.project)/.git' > .git"),
                    (
                        "programs",
                        """
                        git config core.fsmonitor 'touch \(marker)'; git config core.hooksPath .
                        git config filter.x.clean 'touch \(marker); cat'; echo '* filter=x' > .gitattributes
                        printf '#!/bin/sh\\ntouch \(marker)\\n' > reference-transaction; chmod +x reference-transaction
                        """
                    ),
                ] {
                    let name = world.name(suffix)
                    let outcome = try world.agent(name, "echo kept > kept.txt; \(script)")
                    #expect(outcome.code == 0, "\(suffix): \(outcome.errors)")
                    #expect(try world.task("diff", name).output.contains("+++ b/kept.txt"), "\(suffix)")
                    #expect(try world.task("rm", "--force", name).code == 0)
                }
                #expect(!Files.exists(marker))
                #expect(Date().timeIntervalSince(start) < 500)
                #expect(try world.git("for-each-ref", "refs/heads/task") == "")
            }
        }

        @Test("a linked worktree is a project like any other", arguments: TestEngine.all)
        func worktree(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let linked = "\(world.root)/linked"
                try world.git("worktree", "add", "-q", "-b", "other", linked)
                try world.git("commit", "-q", "--allow-empty", "-m", "in the worktree", in: linked)
                let name = world.name("linked")
                let outcome = try world.task(
                    [
                        "run", "--isolated", "--wait", "--name", name, "--", "sh", "-c",
                        Self.commits + "pwd; git log -1 --format=%s; commit a",
                    ], in: linked)
                #expect(outcome.output == "\(linked)\nin the worktree\n", "\(outcome.errors)")
                #expect(try world.git("rev-parse", "task/\(name)^") == world.git("rev-parse", "other"))
            }
        }
    }
}

/// Control characters that act on a terminal, escaped: everything but line ends, tabs and colours.
func acting(_ bytes: [UInt8]) -> [String] {
    var found: [String] = []
    var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
    while let scalar = rest.popFirst() {
        if scalar == "\u{1B}", rest.first == "[" {
            let parameters = rest.dropFirst().prefix { ("0"..."9").contains($0) || $0 == ";" }
            if rest.dropFirst(1 + parameters.count).first == "m" {
                rest = rest.dropFirst(2 + parameters.count)
                continue
            }
        }
        let acts = [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        if acts, !["\n", "\r", "\t"].contains(scalar) { found.append(scalar.escaped(asASCII: true)) }
    }
    return found
}
