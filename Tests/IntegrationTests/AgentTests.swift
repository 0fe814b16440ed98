import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// Agents that a user defines without a line of Swift: each is a shell that does what is typed into it.
    @Suite struct AgentTests {
        @Test("an agent that reports is seen waiting and working, by a successor, too", arguments: TestEngine.all)
        func reports(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = try start(world, #""waits": "reported""#)
                try wait(world, name, "nothing", nil)
                try type(world, name, "echo waiting for a prompt >$TASK_STATUS")
                try wait(world, name, "waiting", "for a prompt")
                let row = try #require(try world.task("list").output.split(separator: "\n").last)
                #expect(row.split(separator: " ").prefix(2) == [Substring(name), "waiting"])
                #expect(try world.record(name).currentState.phase == .running)
                #expect(try world.task("list", "--json").output.contains(#""waiting":"for a prompt""#))

                try world.killSupervisor(name)
                try type(world, name, "echo busy >$TASK_STATUS")
                try wait(world, name, "working", nil)
                try type(world, name, "echo waiting >$TASK_STATUS")
                try wait(world, name, "waiting again", "input")
                #expect(try world.task("stop", name).code == 0)
                #expect(try world.record(name).currentState.waiting == nil)
                // One event for each change, whoever was the supervisor.
                let seen = try changes(world, name)
                #expect(seen == ["waiting for a prompt", "working", "waiting input"])

                // The last report is of another life.
                #expect(try world.task("resume", "-d", name).code == 0)
                try world.wait(name, prints: "went on")
                usleep(2_500_000)
                #expect(try world.record(name).currentState.waiting == nil)
            }
        }

        @Test("what an agent puts in the place of its report does no harm", arguments: TestEngine.all)
        func hostileReports(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = try start(world, #""waits": "reported""#)
                let home = "\(world.taskDirectory(name))/home"
                try Data("waiting secret\n".utf8).write(to: URL(filePath: "\(world.root)/secret"))
                let attempts = [
                    "ln -s \(world.root)/secret $TASK_STATUS", "mkfifo $TASK_STATUS", "mkdir $TASK_STATUS",
                    "truncate -s 1G $TASK_STATUS", "ln -s /dev/zero $TASK_STATUS",
                    "rm -rf ~/.task; ln -s \(world.root) ~/.task", "rm -f ~/.task; mkdir ~/.task; : >~/.task/status",
                ]
                for (number, attempt) in attempts.enumerated() {
                    try type(world, name, "rm -rf $TASK_STATUS; \(attempt); echo did $((\(number) + 100))")
                    try world.wait(name, prints: "did \(number + 100)")
                    usleep(1_300_000)
                    #expect(try world.record(name).currentState.waiting == nil, "\(attempt)")
                }
                try type(world, name, #"printf 'waiting \033]0;title\007\nmore\n' >$TASK_STATUS"#)
                try wait(world, name, "escaped", #"\u{1B}]0;title\u{7}"#)
                #expect(try !world.task("events", name).output.contains("\u{1B}"))
                #expect(Files.exists("\(home)/.task/status"))
                // However often it changes, there is at most one event a second.
                let began = ContinuousClock.now
                try type(
                    world, name,
                    "for i in $(seq 2000); do echo waiting $i >$TASK_STATUS; sleep 0.001; done; echo did all of it")
                try world.wait(name, prints: "did all of it\n")
                let seconds = (ContinuousClock.now - began) / .seconds(1)
                #expect(try changes(world, name).count <= Int(seconds) + 3)
            }
        }

        @Test("a still terminal is a sign where the definition says so", arguments: TestEngine.all)
        func quiet(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = try start(world, #""waits": {"quietSeconds": 3}"#)
                try wait(world, name, "quiet", "quiet for 3 s")
                try type(world, name, "for i in 1 2 3 4 5 6 7 8; do echo at work; sleep 0.5; done")
                try wait(world, name, "at work", nil)
                try wait(world, name, "quiet again", "quiet for 3 s")
                #expect(try world.task("stop", name).code == 0)
                #expect(try world.record(name).currentState.waiting == nil)
                #expect(try changes(world, name).filter { $0 == "working" }.count == 1)
            }
        }

        @Test("an agent's definition says how it is begun, goes on and what it finds", arguments: TestEngine.all)
        func equipment(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try define(
                    world, "probe",
                    agent: #"""
                        "command": ["/bin/sh", "-c", "printf '<%s>' \"$@\"; echo; cat ~/.probe/settings.json; printenv KIND KEY; exit 4", "probe"],
                        "interactive": ["--talk", "{prompt}"], "headless": ["--print", "{prompt}"], "unattended": ["--yes"],
                        "ask": ["--ask"], "resume": ["--continue"], "resumeHeadless": ["--print", "--continue"],
                        "environment": {"KIND": "{name} in {project}"}, "passes": ["KEY", "OTHER"], "credentials": ["KEY"],
                        "files": {".probe/settings.json": {"project": "{project}"}}
                        """#)
                let name = world.name("probe")
                let words = ["run", "--isolated", "--wait", "--agent", "probe", "--name", name, "fix $(it) {home}"]
                let refused = try world.task(words)
                #expect(refused.code == 125 && refused.errors.contains("the agent 'probe' needs the variable KEY"))
                #expect(refused.errors.contains("export KEY=…"))
                #expect(try world.leftovers().isEmpty)

                world.environment["KEY"] = "k-1"
                let first = try world.task(words + ["--", "--more", "words"])
                #expect(first.code == 4, "\(first.errors)")
                let headless = "<--yes><--more><words><--print><fix $(it) {home}>"
                let settings = #"{"project":"\#(world.project)"}"#
                let rest = [settings, "\(name) in \(world.project)", "k-1"]
                #expect(first.output.split(separator: "\n").map(String.init) == [headless] + rest)
                #expect(try !Files.read("\(world.taskDirectory(name))/inputs.json").contains("k-1"))

                world.environment["KEY"] = "k-2"
                let again = try world.task("resume", "--wait", name)
                #expect(again.code == 4 && again.output.contains("<--yes><--more><words><--print><--continue>\n"))
                #expect(again.output.hasSuffix("\nk-2\n"))

                let asking = world.name("asking")
                _ = try world.task(
                    ["run", "--isolated", "-d", "--agent", "probe", "--ask", "--name", asking, "look"])
                try world.waitForEnd(asking)
                #expect(try world.task("logs", asking).output.contains("<--ask><--talk><look>\n"))
            }
        }

        @Test("what the image wants done first is done first, once, in the sandbox", arguments: TestEngine.all)
        func setup(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try define(world, "ready", image: #""setup": [["touch", "made here"], "id -u; test -e \"$HOME/ok\""]"#)
                let name = world.name("setup")
                let words = ["run", "--isolated", "--wait", "--image", "ready", "--name", name]
                let failed = try world.task(words + ["--", "sh", "-c", "echo the agent"])
                #expect(failed.code == 1, "\(failed.errors)")
                #expect(failed.output.contains("[task: setup 1]\n[task: setup 2]\n"))
                #expect(
                    failed.output.hasSuffix("[task: setup 2 failed: exit code 1]\n") && !failed.output.contains("\n0\n")
                )
                let home = "\(world.taskDirectory(name))/home"
                try Data().write(to: URL(filePath: "\(home)/ok"))
                let resumed = try world.task("resume", "--wait", name)
                #expect(resumed.code == 0 && resumed.output.contains("[task: setup 2]\n"))
                #expect(resumed.output.hasSuffix("the agent\n"))
                let third = try world.task("resume", "--wait", name)
                #expect(third.output.components(separatedBy: "[task: setup 1]").count == 3, "\(third.output)")
                #expect(try world.task("diff", name).output.contains("made here"))
            }
        }

        // MARK: Its parts

        private func start(_ world: World, _ sign: String) throws -> String {
            try define(
                world, "shell-agent",
                agent: #"""
                    "command": ["/bin/sh", "-c", "echo \"$1\"; while read -r line; do eval \"$line\"; done", "agent"],
                    "interactive": ["began"], "resume": ["went on"], \#(sign)
                    """#)
            let name = world.name("agent")
            let started = try world.task("run", "--isolated", "-d", "--agent", "shell-agent", "--name", name)
            try #require(started.code == 0, "\(started.errors)")
            try world.wait(name, prints: "began")
            return name
        }

        private func define(_ world: World, _ name: String, image: String? = nil, agent: String? = nil) throws {
            let folder = "\(world.root)/config/task/images/\(name)"
            try Files.makeDirectory(folder)
            let base = try #require(ProcessEnvironment.current["TASK_TEST_IMAGE"])
            let more = ([image] + [agent == nil ? nil : #""agent": "\#(name)""#]).compactMap { $0 }.map { ", \($0)" }
            try Data(#"{"version": 1, "base": "\#(base)"\#(more.joined())}"#.utf8)
                .write(to: URL(filePath: "\(folder)/image.json"))
            if let agent {
                try Data(#"{"version": 1, \#(agent)}"#.utf8).write(to: URL(filePath: "\(folder)/agent.json"))
            }
        }

        private func type(_ world: World, _ name: String, _ line: String) throws {
            let sent = try world.task("send", name, line)
            try #require(sent.code == 0, "\(sent.errors)")
        }

        private func wait(_ world: World, _ name: String, _ what: String, _ reason: String?) throws {
            try world.wait("\(what)") { try world.record(name).currentState.waiting == reason }
        }

        /// What its events tell of waiting and working, in order.
        private func changes(_ world: World, _ name: String) throws -> [String] {
            try world.events(name).compactMap { event in
                switch event.event {
                case .working: return "working"
                case .waiting:
                    guard case .text(let reason) = event.data["reason"] else { return "waiting" }
                    return "waiting \(reason)"
                default: return nil
                }
            }
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
