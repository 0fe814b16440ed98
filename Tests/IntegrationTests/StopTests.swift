import Foundation
import Glibc
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct StopTests {
        @Test("stop asks the agent to end, and its work comes home", arguments: TestEngine.all)
        func gentle(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("gentle")
                let script = """
                    trap 'echo last >> readme.txt; git commit -qam last; exit 0' TERM
                    echo ready; while :; do sleep 0.1; done
                    """
                try world.start(name, script)
                try world.wait(name, prints: "ready")
                let outcome = try world.task("stop", name)
                #expect(outcome.code == 0, "\(outcome.errors)")
                let state = try world.record(name).currentState
                #expect(state.phase == .ended)
                #expect(state.ending == .stopped)
                #expect(state.container == nil)
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nlast")
                #expect(try world.containers() == [])
            }
        }

        @Test(
            "one that will not end is killed when its time is over, and its work comes home", arguments: TestEngine.all)
        func stubborn(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("stubborn")
                let script = """
                    trap '' TERM HUP INT; echo kept >> readme.txt; git commit -qam kept; echo loose > loose.txt
                    echo ready; while :; do sleep 0.1; done
                    """
                try world.start(name, script)
                try world.wait(name, prints: "ready")
                let start = Date()
                let outcome = try world.task("stop", "-t", "2s", name)
                let seconds = Date().timeIntervalSince(start)
                #expect(outcome.code == 0, "\(outcome.errors)")
                // Without being told it would be given ten.
                #expect((2.0..<10).contains(seconds), "it took \(seconds) s")
                let state = try world.record(name).currentState
                #expect(state.ending == .stopped)
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nkept")
                #expect(state.snapshot != nil)
            }
        }

        @Test("one that has ended cannot be stopped", arguments: TestEngine.all)
        func ended(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("ended")
                _ = try world.agent(name, "exit 0")
                let outcome = try world.task("stop", name)
                #expect(outcome.code == 1)
                #expect(outcome.errors.contains("the task '\(name)' has ended (exited 0)"))
            }
        }

        @Test("a task is stopped when its time is over", arguments: TestEngine.all)
        func timeout(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("late")
                let start = Date()
                let outcome = try world.agent(
                    name, "echo kept >> readme.txt; git commit -qam kept; exec sleep 1000",
                    options: ["--timeout", "3s"])
                let seconds = Date().timeIntervalSince(start)
                #expect(outcome.code == 128 + 15)
                #expect(seconds >= 3, "it took \(seconds) s")
                #expect(outcome.errors.contains("'\(name)' timed out"))
                #expect(try world.record(name).currentState.ending == .timedOut)
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nkept")
            }
        }

        @Test("an interrupt of --wait leaves the agent running", arguments: TestEngine.all)
        func interruptedWait(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("waiting")
                let command = try world.begin(
                    ["run", "--isolated", "--wait", "--name", name, "--", "sh", "-c", "echo ready; exec sleep 1000"])
                try world.wait("the agent's output is shown") { try command.output.contains("ready") }
                command.signal(SIGINT)
                #expect(try command.wait().code == 128 + SIGINT)
                #expect(try world.record(name).currentState.phase == .running)
            }
        }

        @Test("resume goes on in the same workspace and home, on the same branch", arguments: TestEngine.all)
        func resume(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("again")
                let script = """
                    echo "home:$(cat ~/memory 2>/dev/null) loose:$(cat loose.txt 2>/dev/null)"
                    date +%s%N >> ~/memory; echo kept > loose.txt; echo more >> readme.txt; git commit -qam more
                    echo "commits:$(git rev-list --count HEAD)"; exit $(git rev-list --count HEAD)
                    """
                #expect(try world.agent(name, script).code == 2)
                let first = try world.git("rev-parse", "task/\(name)")
                let outcome = try world.task("resume", "--wait", name)
                #expect(outcome.code == 3, "\(outcome.errors)")
                #expect(outcome.output.contains("loose:kept"))
                #expect(outcome.output.contains("commits:3"))
                #expect(!outcome.output.contains("home: loose:kept"))
                #expect(try world.git("rev-parse", "task/\(name)^") == first)
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nmore\nmore")
                #expect(try world.record(name).currentState.ending == .exited(code: 3))
                #expect(try world.task("logs", name).output.components(separatedBy: "commits:").count == 3)
            }
        }

        @Test("a stopped task can be resumed, and a running one cannot", arguments: TestEngine.all)
        func resumeStopped(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("cycle")
                try world.start(name, "echo ready; exec sleep 1000")
                let refused = try world.task("resume", "-d", name)
                #expect(refused.code == 1)
                #expect(
                    refused.errors == "task: the task '\(name)' has not ended\n  next: task attach \(name)\n")
                #expect(try world.task("stop", name).code == 0)
                let outcome = try world.task("resume", "-d", name)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output == "\(name)\n")
                let state = try world.record(name).currentState
                #expect(state.phase == .running)
                #expect(state.ending == nil && state.endedAt == nil)
                #expect(try world.task("stop", name).code == 0)
                #expect(try world.record(name).currentState.ending == .stopped)
            }
        }
    }
}
