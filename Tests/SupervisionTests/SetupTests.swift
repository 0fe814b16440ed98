import Foundation
import System
import TaskModel
import Testing

@testable import Supervision

@Suite("What is run before the agent") struct SetupTests {
    private let folder = Folder()

    /// A directory that goes with the test.
    private final class Folder: Sendable {
        let path = "/var/tmp/task-setup-test-\(UInt64.random(in: 0...UInt64.max))"
        init() { try? Files.makeDirectory(path) }
        deinit { try? FileTree.remove(path) }
    }

    private func run(_ steps: [SetupStep], _ command: [String]) throws -> RunResult {
        let words = SetupProgram.words(steps, before: command, mark: "\(folder.path)/mark")
        return try Subprocess(words[0], Array(words.dropFirst()), directory: folder.path).runBlocking(seconds: 10)
    }

    private func step(_ name: String, _ command: String..., isRepeated: Bool = false) -> SetupStep {
        SetupStep(name: name, command: command, isRepeated: isRepeated)
    }

    @Test("without steps the agent is run as it is")
    func none() {
        #expect(SetupProgram.words([], before: ["a", "b"], mark: "/m") == ["a", "b"])
        #expect(SetupProgram.words([SetupStep(name: "x", command: [])], before: ["a"], mark: "/m") == ["a"])
    }

    @Test("steps are announced, run in order, and once or each time as they want")
    func order() throws {
        let steps = [
            step("create", "echo", "one"), step("start", "echo", "two", isRepeated: true),
            step("late", "echo", "three"),
            step("attach", "echo", "four", isRepeated: true),
        ]
        let first = try run(steps, ["echo", "agent"])
        #expect(
            first.outputText == """
                [task: create]
                one
                [task: start]
                two
                [task: late]
                three
                [task: attach]
                four
                agent

                """)
        #expect(first.status == .code(0) && first.errorText.isEmpty)
        #expect(try run(steps, ["echo", "agent"]).outputText == "[task: start]\ntwo\n[task: attach]\nfour\nagent\n")
    }

    @Test("a step that fails ends it all with its exit code, and is run again the next time")
    func failing() throws {
        let steps = [step("create", "sh", "-c", "[ -e there ] || { : >there; exit 7; }")]
        let failed = try run(steps, ["echo", "agent"])
        #expect(failed.status == .code(7))
        #expect(failed.outputText == "[task: create]\n[task: create failed: exit code 7]\n")
        #expect(try run(steps, ["echo", "agent"]).outputText == "[task: create]\nagent\n")
        #expect(try run(steps, ["echo", "agent"]).outputText == "agent\n")
    }

    @Test("a repeated step that fails does not undo what succeeded before")
    func failingLater() throws {
        let steps = [step("create", "echo", "one"), step("start", "false", isRepeated: true)]
        #expect(try run(steps, ["echo"]).status == .code(1))
        #expect(try run(steps, ["echo"]).outputText == "[task: start]\n[task: start failed: exit code 1]\n")
    }

    @Test("no word of anybody's becomes a part of a script")
    func words() throws {
        let nasty = [
            "$(touch evil)", "`touch evil`", "; touch evil;", "a  b\n\tc", "", "*", "'\"\\", "${1}", "-n", "run",
            "done",
        ]
        let steps = [
            SetupStep(name: "$(touch evil)", command: ["printf", "<%s>"] + nasty),
            step("eval", "eval", "touch evil", isRepeated: true),
        ]
        // Another shell's own words are no programs: what is run is always a program.
        let result = try run(Array(steps.prefix(1)), ["printf", "[%s]"] + nasty)
        let printed = { (open: String, close: String) in nasty.map { open + $0 + close }.joined() }
        #expect(result.outputText == "[task: $(touch evil)]\n" + printed("<", ">") + printed("[", "]"))
        #expect(try run(Array(steps.suffix(1)), ["echo"]).status == .code(127))
        #expect(!Files.exists("\(folder.path)/evil"))
    }

    @Test("more words than a shell has numbers of one digit for")
    func manyWords() throws {
        let words = (1...25).map { "w\($0)" }
        #expect(
            try run([SetupStep(name: "many", command: ["echo"] + words)], ["true"]).outputText
                == "[task: many]\n\(words.joined(separator: " "))\n")
    }

    @Test("a step's name is printed as what it is")
    func names() throws {
        #expect(
            try run([step("\u{1B}[2J\n", "true")], ["true"]).outputText == "[task: \\u{1B}[2J\\u{A}]\n")
    }

    @Test("the agent takes the place of the script, with its exit code")
    func agent() throws {
        let result = try run([step("create", "true")], ["sh", "-c", "ps -o args= -p $$; exit 42"])
        #expect(result.status == .code(42))
        #expect(result.outputText.hasSuffix("sh -c ps -o args= -p $$; exit 42\n"))
    }
}
