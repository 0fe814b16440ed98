import Foundation
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct SnapshotTests {
        /// What an agent leaves in its home: a program, names of all sorts, keys, and what no archive can hold.
        private static let script = #"""
            cd ~; mkdir -p .local/bin .claude/deep .ssh .config/gh
            printf '#!/bin/sh\necho installed\n' > .local/bin/tool; chmod 755 .local/bin/tool
            ln -s tool .local/bin/link; ln -s /nowhere/at/all dangling; ln -s .. up
            long=$(printf '%0200d' 0); mkdir -p deep/$long; echo deep > deep/$long/$long
            echo odd > "$(printf 'odd\n name\377')"; echo empty-follows > .profile; : > empty
            for secret in .claude/deep/key .claude.json .ssh/id .config/gh/hosts.yml .netrc; do echo S3CRET > $secret; done
            mkfifo pipe; echo closed > closed; chmod 0 closed; mkdir shut; chmod 0 shut
            echo ready
            """#

        @Test("a task from a snapshot has what the agent installed, and none of its secrets", arguments: TestEngine.all)
        func snapshots(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let first = world.name("first")
                try world.start(first, Self.script + "; sleep 1000")
                try world.wait(first, prints: "ready")
                var references: [String] = []
                defer { for reference in references { _ = try? engine.run("rmi", "-f", reference) } }

                let running = try world.task("snapshot", first)
                try #require(running.code == 0, "\(running.errors)")
                references.append(running.output.trimmingCharacters(in: .newlines))
                #expect(references[0].hasPrefix("localhost/task-snapshot-\(first):20"))
                #expect(running.errors.contains("2 files could not be read and are not in the image"))
                #expect(try world.task("stop", first).code == 0)
                let ended = try world.task("snapshot", first, "--name", "\(world.prefix)-mine:v1")
                try #require(ended.code == 0, "\(ended.errors)")
                references.append(ended.output.trimmingCharacters(in: .newlines))
                #expect(references[1] == "localhost/\(world.prefix)-mine:v1")

                for (index, reference) in references.enumerated() {
                    let name = world.name("next\(index)")
                    let script = """
                        cd ~; .local/bin/tool; .local/bin/link; readlink dangling; readlink up; cat deep/*/*; cat odd*
                        stat -c %U:%a .local/bin/tool .profile; ls -A .claude .ssh .config/gh .netrc closed shut pipe
                        """
                    let outcome = try world.agent(name, script, options: ["--image", reference])
                    #expect(
                        outcome.output.contains(
                            "installed\ninstalled\n/nowhere/at/all\n..\ndeep\nodd\nagent:755\nagent:644\n"),
                        "\(outcome.output)\(outcome.errors)")
                    for name in [".claude", ".ssh", ".config/gh", ".netrc", "closed", "shut", "pipe"] {
                        #expect(outcome.output.contains("cannot access '\(name)'"), "\(outcome.output)")
                    }
                    let inside = try world.unguarded(reference, ["sh", "-c", "grep -r S3CRET /.task || echo clean"])
                    #expect(inside.contains("clean"))
                }
                #expect(try world.containers().filter { $0.contains("snapshot") } == [])
                #expect(try Files.list("\(world.state)/task/snapshots") == [])
            }
        }

        @Test("a snapshot of a task from a snapshot has the home as it is now", arguments: TestEngine.all)
        func again(engine: TestEngine) throws {
            try inWorld(engine) { world in
                var references: [String] = []
                defer { for reference in references.reversed() { _ = try? engine.run("rmi", "-f", reference) } }
                let scripts = ["echo 1 > ~/one; echo 2 > ~/two", "rm ~/one; echo 3 > ~/three"]
                for (index, script) in scripts.enumerated() {
                    let name = world.name("step\(index)")
                    let image = references.last.map { ["--image", $0] } ?? []
                    let outcome = try world.agent(name, script, options: image)
                    #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
                    let snapshot = try world.task("snapshot", name)
                    try #require(snapshot.code == 0, "\(snapshot.errors)")
                    references.append(snapshot.output.trimmingCharacters(in: .newlines))
                }
                let last = try world.agent(
                    world.name("last"), "cd; echo [t-z]* [a-s]*", options: ["--image", references[1]])
                #expect(last.output.hasSuffix("three two [a-s]*\n"), "\(last.output)\(last.errors)")
            }
        }

        @Test("what cannot be is refused, and nothing is left", arguments: TestEngine.all)
        func refused(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("task")
                #expect(try world.agent(name, "true").code == 0)
                let image = try #require(try world.record(name).currentState.image).reference
                for (reference, reason) in [
                    (image, "the image name '\(image)' is taken"),
                    ("a b", "is neither an image definition nor an image reference"),
                    ("x@sha256:0", "is no name that an image can be given"),
                ] {
                    let outcome = try world.task("snapshot", name, "--name", reference)
                    #expect(outcome.code != 0 && outcome.output == "")
                    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
                }
                #expect(try world.task("snapshot", "none").errors.contains("none"))
                try FileTree.remove("\(world.taskDirectory(name))/home")
                let gone = try world.task("snapshot", name)
                #expect(gone.code == 1 && gone.errors.contains("home"), "\(gone.errors)")
                #expect(!Files.exists("\(world.state)/task/snapshots"))
            }
        }
    }
}
