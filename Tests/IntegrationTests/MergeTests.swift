import Foundation
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct MergeTests {
        private static let change = "echo theirs >> readme.txt; git commit -qam theirs"

        @Test("where only the agent went on, the branch moves forward", arguments: TestEngine.all)
        func fastForward(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("forward")
                #expect(try world.agent(name, Self.change).code == 0)
                let outcome = try world.task("merge", name)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output.contains("Fast-forward"))
                #expect(try world.git("rev-parse", "main") == world.git("rev-parse", "task/\(name)"))
                #expect(try world.git("status", "--porcelain") == "")
                let again = try world.task("merge", name)
                #expect(again.code == 0)
                #expect(again.output.contains("Already up to date"))
            }
        }

        @Test("where both went on, there is a merge commit", arguments: TestEngine.all)
        func merge(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("both")
                #expect(try world.agent(name, Self.change).code == 0)
                try world.write("mine.txt", "mine\n")
                try world.commit("mine")
                let mine = try world.git("rev-parse", "main")
                let outcome = try world.task("merge", name)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(try world.git("rev-parse", "main^1") == mine)
                #expect(try world.git("rev-parse", "main^2") == world.git("rev-parse", "task/\(name)"))
                #expect(try world.git("show", "main:readme.txt") == "first line\ntheirs")
            }
        }

        @Test("the work of a running agent can be merged", arguments: TestEngine.all)
        func running(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("running")
                try world.start(name, Self.change + "; echo ready; exec sleep 1000")
                try world.wait(name, prints: "ready")
                #expect(try world.task("merge", name).code == 0)
                #expect(try world.git("show", "main:readme.txt") == "first line\ntheirs")
                #expect(try world.record(name).currentState.phase == .running)
            }
        }

        @Test("uncommitted changes are not merged over", arguments: TestEngine.all)
        func dirty(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("dirty")
                #expect(try world.agent(name, Self.change).code == 0)
                try world.write("readme.txt", "first line\nunsaved\n")
                let before = try world.git("rev-parse", "HEAD")
                let outcome = try world.task("merge", name)
                #expect(outcome.code == 1)
                #expect(
                    outcome.errors
                        == "task: '\(world.project)' has 1 uncommitted changes: readme.txt\n  next: git -C '\(world.project)' stash\n"
                )
                #expect(try world.git("rev-parse", "HEAD") == before)
                #expect(try world.git("status", "--porcelain") == " M readme.txt")
                #expect(
                    String(decoding: try Files.read("\(world.project)/readme.txt"), as: UTF8.self)
                        == "first line\nunsaved\n")
            }
        }

        @Test("a conflict is left as git leaves it, and the next commands are named", arguments: TestEngine.all)
        func conflict(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("conflict")
                #expect(try world.agent(name, Self.change).code == 0)
                try world.write("readme.txt", "first line\nmine\n")
                try world.commit("mine")
                let before = try world.git("rev-parse", "HEAD")
                let outcome = try world.task("merge", name)
                #expect(outcome.code == 1)
                #expect(outcome.output.contains("CONFLICT"))
                #expect(
                    outcome.errors
                        == "task: 'task/\(name)' conflicts with 'main'\n  next: git status, then git commit, or git merge --abort\n"
                )
                #expect(try world.git("status", "--porcelain") == "UU readme.txt")
                #expect(try world.git("rev-parse", "MERGE_HEAD") == world.git("rev-parse", "task/\(name)"))
                try world.git("merge", "--abort")
                #expect(try world.git("rev-parse", "HEAD") == before)
                #expect(try world.git("status", "--porcelain") == "")
            }
        }

        @Test("a branch that the user has moved is left where it is, and no work is lost", arguments: TestEngine.all)
        func movedByUser(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("moved")
                try world.start(
                    name, Self.change + "; echo ready; read -r x; echo late >> readme.txt; git commit -qam late")
                try world.wait(name, prints: "ready")
                #expect(try world.task("diff", name).code == 0)
                try world.write("other.txt", "other\n")
                try world.commit("other")
                try world.git("branch", "-f", "task/\(name)", "main")
                let users = try world.git("rev-parse", "main")
                #expect(try world.task("send", name, "go").code == 0)
                try world.waitForEnd(name)
                #expect(try world.git("rev-parse", "task/\(name)") == users)

                let outcome = try world.task("merge", name)
                #expect(outcome.code == 1)
                #expect(
                    outcome.errors.contains(
                        "the branch does not hold the agent's last work: the branch 'task/\(name)' was moved by someone else to \(users)"
                    ))
                #expect(outcome.errors.contains("next: task diff \(name)"))
                #expect(try world.task("diff", name).output.contains("+late"))
                try Self.fetchWhatIsKept(world, name, readme: "first line\ntheirs\nlate")
            }
        }

        @Test("a branch that the user has checked out is not moved under their feet", arguments: TestEngine.all)
        func checkedOut(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("checked")
                try world.start(
                    name, Self.change + "; echo ready; read -r x; echo late >> readme.txt; git commit -qam late")
                try world.wait(name, prints: "ready")
                #expect(try world.task("diff", name).code == 0)
                try world.git("switch", "-q", "task/\(name)")
                let before = try world.git("rev-parse", "HEAD")
                #expect(try world.task("send", name, "go").code == 0)
                try world.waitForEnd(name)
                #expect(try world.git("rev-parse", "HEAD") == before)
                #expect(try world.git("status", "--porcelain") == "")
                let outcome = try world.task("merge", name)
                #expect(outcome.code == 1)
                #expect(
                    outcome.errors.contains("the branch 'task/\(name)' is checked out at '\(world.project)'"))
                try Self.fetchWhatIsKept(world, name, readme: "first line\ntheirs\nlate")
            }
        }

        @Test("a task without commits, and a detached HEAD, are refused", arguments: TestEngine.all)
        func refused(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let idle = world.name("idle")
                #expect(try world.agent(idle, "true").code == 0)
                let nothing = try world.task("merge", idle)
                #expect(nothing.code == 1)
                #expect(nothing.errors.contains("has no branch 'task/\(idle)'"))
                let name = world.name("detached")
                #expect(try world.agent(name, Self.change).code == 0)
                try world.git("switch", "-q", "--detach")
                let detached = try world.task("merge", name)
                #expect(detached.code == 1)
                #expect(
                    detached.errors
                        == "task: no branch is checked out in '\(world.project)'\n  next: git -C '\(world.project)' switch <branch>\n"
                )
            }
        }

        /// Removes the task and types the command that says where its work is.
        private static func fetchWhatIsKept(_ world: World, _ name: String, readme: String) throws {
            let outcome = try world.task("rm", name)
            #expect(outcome.code == 0, "\(outcome.errors)")
            let line = try #require(outcome.errors.split(separator: "\n").first { $0.contains("git -C") })
            let command = line.replacing("<name>", with: "kept").drop { $0 == " " }.replacing("task: ", with: "")
            let result = try Subprocess("sh", ["-c", String(command)], directory: "/").runBlocking(seconds: 30)
            #expect(result.succeeded, "\(result.errorText)")
            #expect(try world.git("show", "kept:readme.txt") == readme)
        }
    }
}
