import Foundation
import Glibc
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    /// The dashboard, in a terminal with a shell in it, as people have one.
    @Suite struct TopTests {
        private static let agent = """
            echo more >>readme.txt; echo ready; while read -r line; do case $line in
            look) getent hosts evil.example || echo "no such host";; *) echo "got:$line";; esac; done
            """

        @Test(
            "tasks are seen, typed into, attached to, read and stopped, and the terminal is as before",
            arguments: TestEngine.all)
        func day(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = "fix-login"
                try world.start(name, Self.agent)
                let shell = try Shell(world, columns: 80, rows: 24)
                try shell.run("stty -g >\(world.root)/before; echo what stood here before")
                try shell.start("top")
                try shell.wait(" ready")
                try shell.wait("%")
                #expect(try shell.flag("alternate_on") == "1")
                let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/top.txt")
                let picture = try Self.normal(shell.text, world)
                #expect(picture == String(decoding: try Data(contentsOf: golden), as: UTF8.self), "\(picture)")

                try shell.screen.type("ilook")
                try shell.wait("send to fix-login: look_")
                try shell.screen.press("Enter")
                try shell.wait("refused evil.example")
                try shell.wait("no such host")
                #expect(try world.task("policy", "log", "--denied", name).output.contains("evil.example"))

                try shell.screen.press("Enter")
                try shell.wait("C-b d leaves it running")
                try shell.screen.type("hello")
                try shell.screen.press("Enter")
                try shell.wait("got:hello")
                try shell.screen.detach()
                try shell.wait("q quit")
                try shell.wait("got:hello")

                try shell.screen.type("l")
                try shell.wait("output of fix-login")
                try shell.screen.type("q")
                try shell.wait("q quit")
                try shell.screen.type("d")
                try shell.wait("+more")
                try shell.screen.type("q")
                try shell.wait("q quit")

                try shell.screen.resize(columns: 60, rows: 20)
                try shell.wait("the terminal is 60×20, and task top needs 80×24")
                try shell.screen.resize(columns: 120, rows: 40)
                try shell.wait("q quit")
                #expect(try shell.text.contains("connection-refused") == false)
                #expect(
                    try shell.text.split(separator: "\n").contains { $0.hasPrefix("── output ") && $0.count == 120 })

                try shell.screen.press("C-z")
                try shell.wait("Stopped")
                #expect(try shell.flag("alternate_on") == "0")
                try shell.run("stty -g >\(world.root)/suspended")
                try shell.type("fg; echo code=$?")
                try shell.wait("q quit")
                #expect(try shell.flag("alternate_on") == "1")

                try shell.screen.type("s")
                try shell.wait("stop fix-login? Its work is brought home. y/n")
                try shell.screen.type("n")
                try shell.wait("q quit")
                #expect(try world.record(name).currentState.phase == .running)
                try shell.screen.type("sy")
                try shell.wait("'fix-login' has stopped")
                #expect(try world.record(name).currentState.ending == .stopped)
                try shell.wait("1 ended")
                try shell.screen.type("q")
                try shell.requireReturn(code: 0)
                #expect(try shell.text.contains("what stood here before"))
                #expect(try shell.mode("suspended") == shell.mode("before"))
                #expect(try world.task("top", "--once").output.contains("> fix-login") == false)
                #expect(try world.task("top", "--once").output.contains("fix-login  ended"))
            }
        }

        @Test(
            "signals and interrupts leave the terminal as it was; without one it is refused",
            arguments: TestEngine.all.prefix(1))
        func leaving(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let shell = try Shell(world, columns: 100, rows: 30)
                try shell.run("stty -g >\(world.root)/before; echo what stood here before")
                for (number, code) in [(SIGTERM, 143), (SIGHUP, 129), (SIGINT, 130)] as [(Int32, Int32)] {
                    try shell.start("top")
                    try shell.wait("no task runs")
                    #expect(kill(try shell.program, number) == 0)
                    try shell.requireReturn(code: code)
                }
                try shell.start("top")
                try shell.wait("no task runs")
                try shell.screen.type("?")
                try shell.wait("any key goes back")
                try shell.screen.press("Escape")
                try shell.wait("no task runs")
                try shell.screen.press("C-c")
                try shell.requireReturn(code: 0)
                // An idle screen is not written to, and costs next to nothing.
                try shell.start("top")
                try shell.wait("no task runs")
                var bytes = 0
                try world.wait("all of the picture is recorded") {
                    usleep(500_000)
                    defer { bytes = (try? shell.screen.bytes.count) ?? 0 }
                    return try shell.screen.bytes.count == bytes
                }
                let ticks = try shell.ticks
                usleep(3_000_000)
                #expect(try shell.screen.bytes.count == bytes)
                #expect(try shell.ticks - ticks < 15, "hundredths of a second in three seconds")
                try shell.screen.type("q")
                try shell.requireReturn(code: 0)

                try shell.run("TERM=dumb \"$TASK\" top")
                try shell.wait("task: task top needs a terminal that it can draw on, and TERM is 'dumb'")
                let outcome = try world.task("top")
                #expect(outcome.code == 1 && outcome.output == "")
                #expect(
                    outcome.errors
                        == "task: task top needs a terminal that it can draw on, and there is none\n  next: task list\n"
                )
            }
        }

        /// The picture without what differs from run to run: times, numbers, the order of what happened.
        private static func normal(_ text: String, _ world: World) -> String {
            var text = text.replacing("podman", with: "docker").replacing(world.project, with: "/project")
            text = text.replacing(/\ +\d+s\ +\d+%\ +[\d.]+\ [kM]B/, with: " AGE CPU MEMORY")
            // How many rows the selected task's events and the emptiness below take differs, too.
            text = text.replacing(/(?m)^\ +\d+s\ \ [a-z-]+.*\n/, with: "")
            return text.replacing(/\n{2,}/, with: "\n\n")
        }
    }
}

/// A shell in a terminal, with job control.
private struct Shell {
    let screen: Screen
    let world: World

    init(_ world: World, columns: Int, rows: Int) throws {
        self.world = world
        screen = try Screen(
            world, ["--norc", "--noprofile", "-i"], columns: columns, rows: rows,
            variables: ["TASK": World.program, "PS1": "$ ", "BASH_SILENCE_DEPRECATION_WARNING": "1"],
            program: "/bin/bash")
        try wait("$")
    }

    var text: String { get throws { try screen.text } }
    func wait(_ text: String) throws { try screen.wait(for: text) }

    func type(_ line: String) throws {
        try screen.type(line)
        try screen.press("Enter")
    }

    /// Runs a line to its end.
    func run(_ line: String) throws {
        let mark = "\(UInt32.random(in: 0...UInt32.max))"
        try type("\(line); echo $((\(mark) + 0))=done")
        try wait("\(mark)=done")
    }

    /// Starts `task` with some words.
    func start(_ words: String) throws {
        try type("clear; echo what stood here before; \"$TASK\" \(words); echo \"code=$?\"")
    }

    /// Sees that the program has come back to the shell, and the terminal is as it was before.
    func requireReturn(code: Int32) throws {
        try wait("code=\(code)")
        #expect(try flag("alternate_on") == "0")
        #expect(try flag("cursor_flag") == "1")
        #expect(try flag("wrap_flag") == "1")
        try run("stty -g >\(world.root)/after")
        #expect(try mode("after") == mode("before"))
    }

    /// What `stty -g` has said.
    func mode(_ file: String) throws -> String {
        String(decoding: try Files.read("\(world.root)/\(file)"), as: UTF8.self)
    }

    func flag(_ name: String) throws -> String {
        try screen.tmux("display", "-p", "#{\(name)}").trimmingCharacters(in: .newlines)
    }

    /// The process in the foreground of the terminal.
    var program: Int32 {
        get throws {
            let pane = try flag("pane_pid")
            let fields = String(decoding: try Files.read("/proc/\(pane)/stat"), as: UTF8.self).split(separator: " ")
            return try #require(Int32(fields[7]))
        }
    }

    /// Processor time of that process, in hundredths of a second.
    var ticks: Int {
        get throws {
            let text = String(decoding: try Files.read("/proc/\(try program)/stat"), as: UTF8.self)
            let fields = try #require(text.split(separator: ")").last).split(separator: " ")
            return try #require(Int(fields[11])) + #require(Int(fields[12]))
        }
    }
}
