import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct AttachTests {
        private static let echoing = "echo ready; while read -r line; do echo \"got:$line\"; done"

        @Test(
            "output is seen, keys arrive, C-b d leaves the agent running, and one can come back",
            arguments: TestEngine.all)
        func attachAndDetach(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("keys")
                try world.start(name, Self.echoing)
                let screen = try Screen(world, ["attach", name])
                try screen.wait(for: "ready")
                try screen.type("hello")
                try screen.press("Enter")
                try screen.wait(for: "got:hello")
                try screen.detach()
                #expect(try screen.waitForExit() == 0)
                #expect(try world.record(name).currentState.phase == .running)

                let again = try Screen(world, ["attach", name])
                try again.wait(for: "got:hello")
                try again.type("more")
                try again.press("Enter")
                try again.wait(for: "got:more")
            }
        }

        @Test("two who are attached see the same", arguments: TestEngine.all)
        func twoAtOnce(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("two")
                try world.start(name, Self.echoing)
                let one = try Screen(world, ["attach", name])
                try one.wait(for: "ready")
                let other = try Screen(world, ["attach", name], columns: 80, rows: 24)
                try other.wait(for: "ready")
                try one.type("first")
                try one.press("Enter")
                try other.wait(for: "got:first")
                try other.type("second")
                try other.press("Enter")
                try one.wait(for: "got:second")
                try one.detach()
                #expect(try one.waitForExit() == 0)
                try other.type("third")
                try other.press("Enter")
                try other.wait(for: "got:third")
            }
        }

        @Test("when the agent ends, attach comes back", arguments: TestEngine.all)
        func agentEnds(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("ends")
                try world.start(name, "echo ready; read -r line; exit 0")
                let screen = try Screen(world, ["attach", name])
                try screen.wait(for: "ready")
                try screen.press("Enter")
                #expect(try screen.waitForExit() == 0)
            }
        }

        @Test("a new size reaches the agent", arguments: TestEngine.all)
        func resize(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("size")
                try world.start(name, "while sleep 0.1; do echo \"size=$(stty size)=\"; done")
                let screen = try Screen(world, ["attach", name], columns: 100, rows: 30)
                // One line belongs to the status line.
                try screen.wait(for: "size=29 100=")
                try screen.resize(columns: 70, rows: 20)
                try screen.wait(for: "size=19 70=")
                try screen.resize(columns: 130, rows: 45)
                try screen.wait(for: "size=44 130=")
            }
        }

        @Test("titles, clipboards and device strings stay away from the person's terminal", arguments: TestEngine.all)
        func hostileOutput(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("hostile")
                let attacks = [
                    #"\033]0;EVIL\007"#, #"\033]2;EVIL\033\\"#, #"\033]52;c;RVZJTA==\007"#,
                    #"\033]52;p;RVZJTA==\033\\"#,
                    #"\033Ptmux;\033\033]2;EVIL\007\033\\"#, #"\033P+q4556494C\033\\"#, #"\033_EVIL\033\\"#,
                    #"\033kEVIL\033\\"#, #"\033]8;;http://EVIL.example/\033\\x\033]8;;\033\\"#, #"\033]50;EVIL\007"#,
                    #"\033[21t"#, #"\033]4;1;?\007"#, #"\033[8;10;10t"#, #"\033[5i"#, #"\033[>c"#,
                ].joined()
                try world.start(
                    name,
                    "echo ready; read -r go; printf '\(attacks)'; echo; echo over; while read -r x; do echo \"<$x>\"; done"
                )
                let screen = try Screen(world, ["attach", name])
                try screen.wait(for: "ready")
                try screen.press("Enter")
                try screen.wait(for: "over")
                let bytes = String(decoding: try screen.bytes, as: UTF8.self)
                #expect(bytes.contains("ready"))
                for sign in [
                    "EVIL", "RVZJTA", "\u{1B}]52", "\u{1B}]0;", "\u{1B}]2;", "\u{1B}]8;", "\u{1B}P", "\u{1B}_",
                ] {
                    #expect(!bytes.contains(sign), "\(sign.debugDescription) came through")
                }
                for control in ["\u{1B}[21t", "\u{1B}[8;10;10t", "\u{1B}[5i"] {
                    #expect(!bytes.contains(control), "\(control.debugDescription) came through")
                }
                #expect(try !screen.tmux("display", "-p", "#{pane_title}#{window_name}").contains("EVIL"))
                #expect(try screen.tmux("list-buffers").isEmpty)
                #expect(try screen.tmux("display", "-p", "#{window_width}x#{window_height}") == "100x30\n")
            }
        }

        @Test("without a terminal there is nothing to attach to", arguments: TestEngine.all)
        func noTerminal(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("pipe")
                try world.start(name, "exec sleep 1000")
                let outcome = try world.task("attach", name)
                #expect(outcome.code == 1)
                #expect(
                    outcome.errors
                        == "task: there is no terminal to attach '\(name)' to\n  next: task logs -f \(name)\n")
            }
        }

        @Test("one that has ended cannot be attached to, nor one that never was", arguments: TestEngine.all)
        func ended(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("over")
                #expect(try world.agent(name, "exit 3").code == 3)
                let outcome = try world.task("attach", name)
                #expect(outcome.code == 1)
                #expect(
                    outcome.errors
                        == "task: the task '\(name)' has ended (exited 3)\n  next: task resume \(name)\n")
                let unknown = try world.task("attach", world.name("quite-unknown"))
                #expect(unknown.code == 1)
                #expect(
                    unknown.errors
                        == "task: there is no task '\(world.name("quite-unknown"))'\n  next: task list --all\n")
            }
        }

        @Test("run on a terminal attaches, and says in the end how it went", arguments: TestEngine.all)
        func runAttaches(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("run")
                let script =
                    "echo ready; read -r x; echo more >> readme.txt; git commit -qam more; echo n > new; exit 9"
                let screen = try Screen(
                    world, ["run", "--isolated", "--name", name, "--", "sh", "-c", script], rows: 40)
                try screen.wait(for: "ready")
                try screen.press("Enter")
                #expect(try screen.waitForExit() == 9)
                let text = try screen.text
                let head = try world.git("rev-parse", "task/\(name)")
                #expect(text.contains("'\(name)' exited 9"))
                #expect(text.contains("branch task/\(name) at \(head.prefix(10)): 1 commit"))
                #expect(text.contains("uncommitted work"))
                #expect(text.contains("next: task diff \(name), task merge \(name)"))
            }
        }

        @Test("leaving a run says how to come back, and is no failure", arguments: TestEngine.all)
        func runDetached(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("left")
                let screen = try Screen(
                    world, ["run", "--isolated", "--name", name, "--", "sh", "-c", "echo ready; exec sleep 1000"])
                try screen.wait(for: "ready")
                try screen.detach()
                #expect(try screen.waitForExit() == 0)
                #expect(try screen.text.contains("'\(name)' goes on; task attach \(name) comes back to it"))
            }
        }

        @Test("an interrupt typed at an attached agent is the agent's", arguments: TestEngine.all)
        func interruptIsTheAgents(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("intr")
                try world.start(name, "trap 'echo caught' INT; echo ready; while :; do sleep 0.2; done")
                let screen = try Screen(world, ["attach", name])
                try screen.wait(for: "ready")
                try screen.press("C-c")
                try screen.wait(for: "caught")
                #expect(try world.record(name).currentState.phase == .running)
            }
        }

        @Test("a host without tmux is told which package it lacks", arguments: TestEngine.all)
        func noTmux(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("notmux")
                try world.start(name, "exec sleep 1000")
                let programs = try world.programs(without: ["tmux"])
                let screen = try Screen(world, ["attach", name], variables: ["PATH": programs])
                #expect(try screen.waitForExit() == 1)
                let text = try screen.text
                #expect(text.contains("cannot run 'tmux': no such file or directory"))
                #expect(text.contains("next: sudo apt-get install tmux"))
                #expect(try world.record(name).currentState.phase == .running)
            }
        }
    }
}
