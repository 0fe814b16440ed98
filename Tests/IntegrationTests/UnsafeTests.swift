import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// Tasks on the host, in worlds in which there is no engine: whatever needed one would fail.
    @Suite struct UnsafeTests {
        static let warning = """
            task: UNSAFE: the agent runs on this machine as you, and nothing isolates it
              it can read, change and delete every file that you can, use your keys, logins and running programs, and \
            reach all that this machine reaches; one mistake, or instructions hidden in a page that it reads, is enough
              it works on a clone and comes back as a branch, but what else it does is not kept apart and cannot be undone

            """

        @Test("the agent works on a clone, as the user and with the user's environment, and comes back as a branch")
        func mainJob() throws {
            // Longer than the path of a socket may be.
            try inWorld(nil, folder: "/" + String(repeating: "long ", count: 40)) { world in
                world.environment["HOME"] = "\(world.root)/home of ada"
                try Files.makeDirectory("\(world.root)/home of ada")
                world.environment.merge(
                    ["TMUX": "/nowhere,1,0", "GIT_DIR": "/nowhere", "GIT_AUTHOR_NAME": "Nobody", "MINE": "it's mine"]
                ) { $1 }
                try world.write(".gitignore", ".env\n")
                try world.commit("ignore")
                try world.write(".env", "KEY=1\n")
                let name = world.name("work")
                let script = """
                    echo "$PWD|$HOME|$MINE|$TASK_NAME|$TASK_BRANCH|$GIVEN|$GIT_DIR$GIT_AUTHOR_NAME|$(cat .env)"
                    case $TMUX in /nowhere*) echo "the user's own tmux" ;; esac
                    echo more >> readme.txt; git commit -qam second
                    echo third >> readme.txt; git commit -qam third; echo left > left.txt; exit 7
                    """
                let before = try refs(world)
                let outcome = try world.task(
                    "run", "--unsafe", "--wait", "--name", name, "-e", "GIVEN=yes", "--include", ".env", "--", "sh",
                    "-c",
                    script)
                #expect(outcome.code == 7, "\(outcome.errors)")
                #expect(outcome.errors.hasPrefix(Self.warning), "\(outcome.errors)")
                let place = "\(world.taskDirectory(name))/workspace"
                let line = "\(place)|\(world.root)/home of ada|it's mine|\(name)|task/\(name)|yes||KEY=1\n"
                #expect(outcome.output == line)
                #expect(try world.task("logs", name).output == line)

                let record = try world.record(name)
                #expect(record.currentState.place == .local)
                #expect(record.currentState.isolation == Isolation.none)
                #expect(record.currentState.ending == .exited(code: 7))
                #expect(record.currentState.image == nil && record.currentState.container == nil)
                let json = try world.task("list", "--all", "--json").output
                #expect(json.contains(#""isolation":"none""#) && json.contains(#""place":"local""#))
                #expect(try world.task("list", "--all").output.contains("local UNSAFE"))
                #expect(try world.task("show", name).output.contains("UNSAFE"))
                let events = try world.events(name).map(\.event)
                #expect(events.filter { $0 != .exported } == [.created, .prepared, .started, .ended])

                world.environment["GIT_DIR"] = nil
                #expect(try world.task("diff", name).output.contains("+++ b/left.txt"))
                #expect(try world.git("log", "--format=%s %an", "main..task/\(name)") == "third Test\nsecond Test")
                // Each commit of the task, once, and nothing else; plain `git log` shows it.
                let note = "UNSAFE: made by the task '\(name)' on the host, without isolation"
                #expect(try world.git("log", "--format=%N", "main..task/\(name)") == "\(note)\n\n\(note)")
                #expect(try world.git("log", "task/\(name)").contains("Notes:\n    \(note)"))
                #expect(try world.git("notes", "list").split(separator: "\n").count == 2)
                let added = try refs(world).subtracting(before)
                #expect(added == ["refs/heads/task/\(name)", "refs/notes/commits"])
                #expect(try world.git("status", "--porcelain") == "")
                // A line that is there already is not added, and what the user has noted stays.
                try world.git("notes", "append", "-m", "seen by Ada", "task/\(name)")
                #expect(try world.task("resume", "--wait", name).errors.hasPrefix(Self.warning))
                #expect(try world.git("log", "-1", "--format=%N", "task/\(name)^^") == "\(note)\n\nseen by Ada")
                #expect(try world.task("merge", name).code == 0)
                #expect(try world.git("log", "--format=%s", "-4") == "third\nsecond\nthird\nsecond")
                #expect(try Files.list("\(world.root)/home of ada") == [])
            }
        }

        private func refs(_ world: World) throws -> Set<String> {
            Set(try world.git("for-each-ref", "--format=%(refname)").split(separator: "\n").map(String.init))
        }

        @Test("what the configuration says for sandboxes is not in force, and that is said")
        func configured() throws {
            try inWorld(nil) { world in
                try Files.makeDirectory("\(world.root)/config/task")
                let text = #"{"limits": {"pids": 16}, "policies": ["none"], "environment": {"A": "value:b"}}"#
                try Files.replace("\(world.root)/config/task/config.json", with: Array(text.utf8))
                let script = "for i in $(seq 40); do sleep 1 & done; wait; echo done"
                let outcome = try world.task("run", "--unsafe", "--wait", "--", "sh", "-c", script)
                #expect(outcome.output == "done\n")
                #expect(outcome.errors.hasPrefix(Self.warning))
                let notice = "not in force without a sandbox: what the configuration says of limits.pids, policies"
                #expect(outcome.errors.contains(notice), "\(outcome.errors)")
                #expect(!outcome.errors.contains("environment"))
            }
        }

        @Test("its terminal can be attached and written to, and says what it is; stop leaves nothing running")
        func terminal() throws {
            try inWorld(nil) { world in
                let name = world.name("keys")
                // One that nothing but its descent tells from the user's own programs, and one of an own terminal.
                let script = """
                    env -i setsid -f sh -c 'echo $$ > one; exec sleep 1000' </dev/null >/dev/null 2>&1
                    tmux -L \(name) new-session -d 'echo $$ > two; exec sleep 1000'
                    trap '' TERM; echo ready; while read -r line; do git commit -qm "$line" --allow-empty; echo "got:$line"; done
                    """
                try run(world, name, script)
                let screen = try Screen(world, ["attach", name])
                try screen.wait(for: "ready")
                try screen.wait(for: "UNSAFE: nothing isolates it")
                try screen.type("hello")
                try screen.press("Enter")
                try screen.wait(for: "got:hello")
                try screen.detach()
                #expect(try screen.waitForExit() == 0)
                #expect(try world.task("send", name, "more").code == 0)
                try world.wait(name, prints: "got:more")
                #expect(try world.task("diff", "--stat", name).code == 0)
                #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "more\nhello")

                let workspace = "\(world.taskDirectory(name))/workspace"
                let left = try ["one", "two"].map { try process("\(workspace)/\($0)") }
                #expect(left.allSatisfy { RunningProcess($0) != nil })
                let stopped = try world.task("stop", name, "--time", "1")
                #expect(stopped.code == 0, "\(stopped.errors)")
                #expect(try world.record(name).currentState.ending == .stopped)
                #expect(left.allSatisfy { RunningProcess($0) == nil })
                #expect(try processes(of: name) == [])

                let refused: [([String], String)] = [
                    (["policy", "allow", name, "example.com"], "cannot limit what is reached by"),
                    (["policy", "show", "--task", name], "cannot say what is allowed to"),
                    (["snapshot", name], "cannot make an image of"),
                ]
                for (words, what) in refused {
                    let outcome = try world.task(words)
                    #expect(outcome.code == 1)
                    #expect(
                        outcome.errors.contains(
                            "\(what) '\(name)': it runs on this machine itself, without isolation"), "\(outcome.errors)"
                    )
                }
                #expect(try world.task("rm", name).code == 0)
                #expect(!Files.exists(world.taskDirectory(name)))
            }
        }

        @Test("the agent outlives its supervisor; without its guest it is lost, and its work still comes home")
        func recovery() throws {
            try inWorld(nil) { world in
                let name = world.name("orphan")
                let script = """
                    git commit -qm a --allow-empty; echo one; sleep 1000 &
                    while [ ! -e go ]; do sleep 0.1; done; echo two; git commit -qm b --allow-empty; exit 9
                    """
                try run(world, name, script)
                try world.wait(name, prints: "one")
                let container = try #require(try world.record(name).currentState.container)
                try world.killSupervisor(name)
                #expect(RunningProcess(try #require(container.pid)) != nil)
                #expect(try world.task("list").code == 0)
                try world.wait("a successor") { try world.supervisors(name).count == 1 }
                #expect(try world.task("diff", name).code == 0)
                #expect(try world.record(name).currentState.container == container)
                try Data().write(to: URL(filePath: "\(world.taskDirectory(name))/workspace/go"))
                try world.waitForEnd(name)
                #expect(try world.record(name).currentState.ending == .exited(code: 9))
                #expect(try world.task("logs", name).output == "one\ntwo\n")
                #expect(try world.git("log", "--format=%s", "main..task/\(name)") == "b\na")
                #expect(try world.events(name).contains { $0.event == .recovered })
                try world.wait("all of it has ended") { try processes(of: name) == [] }

                let lost = world.name("lost")
                try run(world, lost, "git commit -qm a --allow-empty; echo one; sleep 1000")
                try world.wait(lost, prints: "one")
                let guest = try #require(try world.record(lost).currentState.container?.pid)
                kill(guest, SIGKILL)
                try world.waitForEnd(lost)
                guard case .lost(let reason) = try world.record(lost).currentState.ending else {
                    throw CancellationError()
                }
                #expect(reason == "its guest was ended from outside")
                #expect(try world.git("log", "--format=%s", "main..task/\(lost)") == "a")
                try world.wait("all of it has ended") { try processes(of: lost) == [] }
            }
        }

        @Test("its time is limited, and a task that was stopped goes on in its own workspace")
        func resume() throws {
            try inWorld(nil) { world in
                let name = world.name("timed")
                try run(world, name, "cat note; echo $$ > note; sleep 1000", options: ["--timeout", "4s"])
                try world.waitForEnd(name)
                #expect(try world.record(name).currentState.ending == .timedOut)
                let first = try process("\(world.taskDirectory(name))/workspace/note")
                let again = try world.task("resume", "-d", name)
                #expect(again.code == 0 && again.errors == Self.warning, "\(again.errors)")
                try world.wait(name, prints: "\(first)")
                #expect(try world.task("rm", "--force", name).code == 0)
                #expect(try processes(of: name) == [])
            }
        }

        private func run(_ world: World, _ name: String, _ script: String, options: [String] = []) throws {
            let outcome = try world.task(
                ["run", "--no-sandbox", "-d", "--name", name] + options + ["--", "sh", "-c", script])
            try #require(outcome.code == 0, "\(outcome.errors)")
            #expect(outcome.output == "\(name)\n")
            #expect(outcome.errors == Self.warning)
        }

        private func process(_ path: String) throws -> Int32 {
            try #require(Int32(String(decoding: try Files.read(path), as: UTF8.self).filter(\.isNumber)))
        }

        /// What a task has left running, by the mark that its processes are started with.
        private func processes(of name: String) throws -> [Int32] {
            try Files.list("/proc").compactMap(Int32.init).filter { pid in
                let environment = String(decoding: (try? Files.read("/proc/\(pid)/environ")) ?? [], as: UTF8.self)
                return environment.contains("TASK_MARK=task-\(name)-") && RunningProcess(pid) != nil
            }
        }
    }
}
