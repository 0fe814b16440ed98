import Foundation
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct RemoveTests {
        @Test("a running task is only removed by force, and nothing but its branch stays", arguments: TestEngine.all)
        func force(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("forced")
                try world.start(name, "echo more >> readme.txt; git commit -qam more; echo ready; exec sleep 1000")
                try world.wait(name, prints: "ready")
                let refused = try world.task("rm", name)
                #expect(refused.code == 1)
                #expect(
                    refused.errors
                        == "task: the task '\(name)' is not over\n  next: task stop \(name), or task rm --force \(name)\n"
                )
                #expect(try world.record(name).currentState.phase == .running)

                let outcome = try world.task("rm", "--force", name)
                #expect(outcome.code == 0)
                #expect(outcome.output + outcome.errors == "")
                #expect(try world.leftovers() == ["branch refs/heads/task/\(name)"])
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nmore")
                #expect(try world.task("list", "-aq").output == "")
            }
        }

        @Test(
            "what is not on the branch is kept, and the command that is printed fetches it", arguments: TestEngine.all)
        func kept(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("loose")
                let script = """
                    echo on >> readme.txt; git commit -qam on
                    git switch -qc side HEAD^; echo side > side.txt; git add .; git commit -qm side; git switch -q task/\(name)
                    echo loose > loose.txt; echo changed >> readme.txt
                    """
                #expect(try world.agent(name, script).code == 0)
                let outcome = try world.task("rm", name)
                #expect(outcome.code == 0)
                let lines = outcome.errors.split(separator: "\n").map(String.init)
                try #require(lines.count == 3, "\(outcome.errors)")
                #expect(lines[0].hasPrefix("task: work that is not on the branch 'task/\(name)' is kept"))
                for (index, line) in lines.dropFirst().enumerated() {
                    let place = try #require(line.range(of: "git -C"))
                    let command = line[place.lowerBound...].replacingOccurrences(of: "<name>", with: "kept\(index)")
                    let result = try Subprocess("sh", ["-c", command], directory: "/").runBlocking(seconds: 30)
                    #expect(result.succeeded, "\(command): \(result.errorText)")
                }
                let texts = try (0...1).map { index in
                    try world.git("ls-tree", "-r", "--name-only", "kept\(index)").split(separator: "\n").map(
                        String.init)
                }
                #expect(texts.contains { $0.contains("side.txt") })
                let loose = try #require(texts.firstIndex { $0.contains("loose.txt") })
                #expect(try world.git("show", "kept\(loose):readme.txt") == "first line\non\nchanged")
            }
        }

        @Test("the name stays taken for as long as the branch is there", arguments: TestEngine.all)
        func nameStaysTaken(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("taken")
                #expect(try world.agent(name, "echo x >> readme.txt; git commit -qam x").code == 0)
                #expect(try world.task("rm", name).code == 0)
                let before = try world.git("rev-parse", "task/\(name)")
                let refused = try world.agent(name, "true")
                #expect(refused.code == 125)
                #expect(
                    refused.errors.hasSuffix(
                        """
                        task: the name '\(name)' is taken: the repository has a branch 'task/\(name)'
                          next: run with another --name, or git branch -D task/\(name)

                        """))
                #expect(try world.git("rev-parse", "task/\(name)") == before)
                try world.git("branch", "-D", "task/\(name)")
                #expect(try world.agent(name, "exit 6").code == 6)
            }
        }

        @Test("several are removed at once, and one that is not there is named", arguments: TestEngine.all)
        func several(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let names = [world.name("one"), world.name("two")]
                for name in names { #expect(try world.agent(name, "exit 0").code == 0) }
                #expect(try world.task(["rm"] + names).code == 0)
                #expect(try world.task("list", "-aq").output == "")
                let outcome = try world.task("rm", names[0])
                #expect(outcome.code == 1)
                #expect(outcome.errors == "task: there is no task '\(names[0])'\n  next: task list --all\n")
                #expect(try world.task("rm").code == 2)
            }
        }

        @Test("a task whose container someone removed can be removed", arguments: TestEngine.all)
        func containerGone(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("gone")
                try world.start(name, "echo more >> readme.txt; git commit -qam more; echo ready; exec sleep 1000")
                try world.wait(name, prints: "ready")
                _ = try engine.run("rm", "-f", try #require(world.containers().first))
                let outcome = try world.task("rm", "--force", name)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nmore")
            }
        }
    }
}
