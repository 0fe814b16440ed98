import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct RecoveryTests {
        /// Works, says so, waits for the file `go` in its home directory, and works again.
        private static let script = """
            echo a > a.txt; git add a.txt; git commit -qm a; echo one
            while [ ! -e ~/go ]; do sleep 0.1; done
            echo two; echo b > b.txt; git add b.txt; git commit -qm b; echo c > c.txt; exit 9
            """

        /// Lets the agent go on.
        private func letGo(_ world: World, _ name: String) throws {
            try Data().write(to: URL(filePath: "\(world.state)/task/tasks/\(name)/home/go"))
        }

        private func expectEverything(_ world: World, _ name: String) throws {
            #expect(try world.record(name).currentState.ending == .exited(code: 9))
            #expect(try world.task("logs", name).output == "one\ntwo\n")
            #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "b\na")
            #expect(try world.task("diff", name).output.contains("+++ b/c.txt"))
            #expect(try world.events(name).contains { $0.event == .recovered })
            #expect(try world.containers(name) == [])
            try world.wait("the supervisor goes") { try world.supervisors(name) == [] }
        }

        @Test("the agent outlives its supervisor, and the next command makes a successor", arguments: TestEngine.all)
        func successor(engine: TestEngine) throws {
            try inWorld(engine, folder: "/" + String(repeating: "long", count: 40)) { world in
                #expect(world.state.utf8.count > 150)
                let name = world.name("orphan")
                try world.start(name, Self.script)
                try world.wait(name, prints: "one")
                let container = try #require(try world.record(name).currentState.container)
                try world.killSupervisor(name)
                Thread.sleep(forTimeInterval: 1)
                let format = "{{.State.Running}} {{.State.Pid}}"
                let state = try engine.run("inspect", "--format", format, container.id).outputText
                #expect(state == "true \(container.pid ?? 0)\n")

                #expect(try world.task("list").code == 0)
                try world.wait("a successor") { try world.supervisors(name).count == 1 }
                // It serves commands like the first one did.
                #expect(try world.task("diff", name).output.contains("+++ b/a.txt"))
                #expect(try world.record(name).currentState.container == container)
                try letGo(world, name)
                try world.waitForEnd(name)
                try expectEverything(world, name)
            }
        }

        @Test("an agent that ends while it has no supervisor is not forgotten", arguments: TestEngine.all)
        func unattendedEnd(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("unattended")
                try world.start(name, Self.script)
                try world.wait(name, prints: "one")
                try world.killSupervisor(name)
                try letGo(world, name)
                let record = "\(world.state)/task/tasks/\(name)/exit"
                try world.wait("the guest notes the end") { Files.size(record) ?? 0 > 0 }
                #expect(try world.record(name).currentState.phase == .running)
                #expect(try world.task("list").code == 0)
                try world.waitForEnd(name)
                try expectEverything(world, name)
            }
        }

        @Test(
            "a container that is ended from outside is a loss, not a success, and the work still comes home",
            arguments: TestEngine.all)
        func endedFromOutside(engine: TestEngine) throws {
            try inWorld(engine) { world in
                for (suffix, command) in [
                    ("killed", ["kill"]), ("removed", engine == .podman ? ["rm", "-f", "-t", "0"] : ["rm", "-f"]),
                ] {
                    let name = world.name(suffix)
                    try world.start(name, "echo c > c.txt; " + Self.script)
                    try world.wait(name, prints: "one")
                    let container = try #require(try world.record(name).currentState.container)
                    let ended = try Subprocess(engine.rawValue, command + [container.id]).runBlocking(seconds: 60)
                    #expect(ended.succeeded, "\(ended.errorText)")
                    try world.waitForEnd(name)
                    let state = try world.record(name).currentState
                    guard case .lost(let reason) = state.ending else {
                        Issue.record("\(suffix): \(String(describing: state.ending))")
                        continue
                    }
                    #expect(reason.contains("from outside"), "\(reason)")
                    #expect(state.ending?.exitCode != 0)
                    #expect(state.isUnexported != true)
                    #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "a", "\(suffix)")
                    #expect(try world.task("diff", name).output.contains("+++ b/c.txt"))
                    #expect(try world.containers(name) == [])
                }
            }
        }

        @Test(
            "a supervisor that dies while it prepares leaves a failed task and no container", arguments: TestEngine.all)
        func preparing(engine: TestEngine) throws {
            try inWorld(engine) { world in
                var failed = 0
                for milliseconds in [0, 40, 80, 160] {
                    let name = world.name("prepared\(milliseconds)")
                    let run = try startInBackground(world, name, ["sleep", "60"])
                    let socket = "\(world.state)/task/tasks/\(name)/supervisor.sock"
                    let deadline = Date().addingTimeInterval(180)
                    while Date() < deadline, !Files.exists(socket) {}
                    usleep(UInt32(milliseconds) * 1000)
                    // The command too, or it would take back what its supervisor has left.
                    run.signal(SIGKILL)
                    for pid in try world.supervisors(name) { kill(pid, SIGKILL) }
                    _ = run.wait()
                    try world.wait("it is dead") { try !world.isSupervised(name) }
                    let phase = try? world.record(name).currentState.phase
                    #expect(try world.task("list").code == 0)
                    if phase == .preparing {
                        failed += 1
                        try world.waitForEnd(name)
                        let ending = try world.record(name).currentState.ending
                        guard case .failed = ending else {
                            Issue.record("\(milliseconds): \(String(describing: ending))")
                            continue
                        }
                    } else if phase != nil {
                        #expect(try world.task("rm", "--force", name).code == 0)
                    }
                    #expect(try world.containers(name) == [], "\(milliseconds)")
                }
                #expect(failed > 0)
            }
        }

        @Test("what a supervisor that dies while it prepares has made is taken back", arguments: TestEngine.all)
        func takenBack(engine: TestEngine) throws {
            try inWorld(engine) { world in
                var failed = 0
                for milliseconds in [0, 20, 40, 60] {
                    let name = world.name("back\(milliseconds)")
                    let run = try startInBackground(world, name, ["sleep", "60"])
                    usleep(UInt32(milliseconds) * 1000)
                    for pid in try world.supervisors(name) { kill(pid, SIGKILL) }
                    let status = run.wait()
                    if Files.exists("\(world.state)/task/tasks/\(name)") {
                        // It was too late: the agent is launched.
                        #expect(try world.task("rm", "--force", name).code == 0)
                    } else {
                        failed += 1
                        #expect(status == .code(125))
                    }
                    #expect(try world.containers(name) == [], "\(milliseconds)")
                }
                #expect(failed > 0)
            }
        }

        @Test("a supervisor that dies while it launches leaves no task that waits for ever")
        func launching() throws {
            var waiting: [() throws -> Void] = []
            try inWorlds(TestEngine.all) { world in
                for name in (1...4).map({ world.name("launched\($0)") }) {
                    let run = try startInBackground(world, name, ["sh", "-c", "echo here; sleep 60"])
                    let pid = try #require(try world.supervisors(name).first)
                    let deadline = Date().addingTimeInterval(180)
                    // The supervisor's process is there before the task's state is.
                    while Date() < deadline, (try? world.record(name))?.currentState.phase != .running {}
                    kill(pid, SIGKILL)
                    _ = run.wait()
                    waiting.append {
                        try world.wait("'\(name)' has failed or works") {
                            if case .failed = try world.record(name).currentState.ending { return true }
                            return try world.task("logs", name).output == "here\n"
                        }
                    }
                }
                #expect(try world.task("list").code == 0)
            } then: {
                for body in waiting { try body() }
            }
        }

        @Test("a sandbox that answers nothing is ended by force, and the work comes home", arguments: TestEngine.all)
        func frozen(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("frozen")
                try world.start(name, Self.script)
                try world.wait(name, prints: "one")
                try world.killSupervisor(name)
                #expect(try world.task("list").code == 0)
                try world.wait("a successor") { try world.supervisors(name).count == 1 }
                // Whoever can answer serves this.
                #expect(try world.task("diff", name).output.contains("+++ b/a.txt"))
                let container = try #require(try world.record(name).currentState.container)
                let paused = try engine.run("pause", container.id)
                try #require(paused.succeeded, "\(paused.errorText)")
                let stopped = try world.task(["stop", "-t", "1s", name])
                #expect(stopped.code == 0, "\(stopped.errors)")
                #expect(try world.record(name).currentState.ending == .stopped)
                #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "a")
                #expect(try world.containers(name) == [])
            }
        }

        /// Comes back as soon as there is a supervisor.
        private func startInBackground(_ world: World, _ name: String, _ agent: [String]) throws -> ChildProcess {
            let run = try ChildProcess(
                Subprocess(
                    World.program, ["run", "--isolated", "-d", "--name", name, "--"] + agent,
                    environment: world.environment, directory: world.project), ownSession: true)
            try world.wait("a supervisor") { try !world.supervisors(name).isEmpty }
            return run
        }
    }
}
