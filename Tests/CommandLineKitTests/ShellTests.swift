import CommandLineKit
import Foundation
import Testing

/// The completion scripts, run by their shells. In place of the program stands a function that notes what it was asked
/// and gives the program's real answer.
@Suite("Completion scripts")
struct ShellTests {
    struct Line: CustomTestStringConvertible {
        /// As typed, with the cursor at the end.
        let text: String
        /// As bash breaks it.
        let words: [String]
        /// What the program must be asked.
        let asked: [String]
        let replies: [String]

        var testDescription: String { text }
    }

    @Test(
        "bash asks for whole words and replies with what replaces the broken one",
        arguments: [
            Line(text: "task ru", words: ["task", "ru"], asked: ["ru"], replies: ["run"]),
            Line(text: "  task   image  b", words: ["task", "image", "b"], asked: ["image", "b"], replies: ["build"]),
            Line(
                text: "task run --place ", words: ["task", "run", "--place", ""], asked: ["run", "--place", ""],
                replies: ["docker", "podman", "local"]),
            Line(
                text: "task run --place=", words: ["task", "run", "--place", "="], asked: ["run", "--place="],
                replies: ["docker", "podman", "local"]),
            Line(
                text: "task run --place=po", words: ["task", "run", "--place", "=", "po"],
                asked: ["run", "--place=po"],
                replies: ["podman"]),
            Line(
                text: "task run -e A=b:c --place=l",
                words: ["task", "run", "-e", "A", "=", "b", ":", "c", "--place", "=", "l"],
                asked: ["run", "-e", "A=b:c", "--place=l"], replies: ["local"]),
            Line(
                text: "task logs fix", words: ["task", "logs", "fix"], asked: ["logs", "fix"],
                replies: ["fix-login", "fix-logout"]),
            Line(
                text: "task run --policy Golden/task.", words: ["task", "run", "--policy", "Golden/task."],
                asked: ["run", "--policy", "Golden/task."], replies: ["Golden/task.1"]),
            Line(
                text: "task run --policy=Golden/help-r", words: ["task", "run", "--policy", "=", "Golden/help-r"],
                asked: ["run", "--policy=Golden/help-r"], replies: ["Golden/help-run.txt"]),
            Line(text: "task run Gold", words: ["task", "run", "Gold"], asked: ["run", "Gold"], replies: ["Golden"]),
            Line(text: "task run Samp", words: ["task", "run", "Samp"], asked: ["run", "Samp"], replies: []),
            Line(text: "task rnu ", words: ["task", "rnu", ""], asked: ["rnu", ""], replies: []),
        ])
    func bash(line: Line) async throws {
        let answer = await run(["__complete"] + line.asked).output
        let printed = try shell(
            "bash",
            [
                "-c",
                """
                set -u
                task() { printf '%s\\n' "${@:2}" >&3; printf '%s' "$ANSWER"; }
                exec 3>&1
                source /dev/stdin <<<"$SCRIPT"
                complete -p task
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_POINT=${#COMP_LINE}
                _task
                echo ---
                printf '%s\\n' "${COMPREPLY[@]}"
                """, "bash",
            ] + line.words,
            ["SCRIPT": Sample.program.completionScript(for: .bash), "ANSWER": answer, "COMP_LINE": line.text])
        let expected = ["complete -F _task task"] + line.asked + ["---"] + (line.replies.isEmpty ? [""] : line.replies)
        #expect(printed == expected.joined(separator: "\n") + "\n")
    }

    @Test(
        "fish asks for the same words, and shows what each candidate is",
        .enabled(if: isInstalled(.fish)),
        arguments: [
            ("task ru", ["ru"], "run\tStart an agent in a sandbox of its own\n"),
            ("task run --place=po", ["run", "--place=po"], "--place=podman\n"),
            ("task logs fix-logi", ["logs", "fix-logi"], "fix-login\trunning\n"),
            ("task run --policy Golden/task.", ["run", "--policy", "Golden/task."], "Golden/task.1\n"),
            ("task rnu ", ["rnu", ""], ""),
        ])
    func fish(line: String, asked: [String], offered: String) async throws {
        let answer = await run(["__complete"] + asked).output
        let code = """
            function task; printf '%s\\n' $argv >$ASKED; printf '%s' $ANSWER; end
            echo $SCRIPT | source
            complete --do-complete $LINE
            """
        let note = FileManager.default.temporaryDirectory.appending(path: "asked-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: note) }
        let printed = try shell(
            "fish", ["--no-config", "-c", code],
            [
                "SCRIPT": Sample.program.completionScript(for: .fish), "ANSWER": answer, "LINE": line,
                "ASKED": note.path,
            ])
        #expect(printed == offered)
        let words = try String(contentsOf: note, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(words.dropLast().map(String.init) == ["__complete"] + asked)
    }

    @Test("bash offers nothing when the program is gone")
    func gone() throws {
        let code = """
            set -u
            source /dev/stdin <<<"$SCRIPT"
            COMP_LINE="task ru" COMP_WORDS=(task ru) COMP_CWORD=1 COMP_POINT=7 COMPREPLY=(old) PATH=
            _task
            echo "${#COMPREPLY[@]}"
            """
        #expect(
            try shell("bash", ["-c", code], ["SCRIPT": Sample.program.completionScript(for: .bash)]) == "0\n")
    }

    @Test("the scripts are well-formed", arguments: Shell.allCases.filter { isInstalled($0) })
    func syntax(shell name: Shell) throws {
        let script = Self.folder.appending(path: "Golden/completion.\(name.rawValue)").path
        #expect(try shell(name.rawValue, ["-n", script], [:]).isEmpty)
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    private static func isInstalled(_ shell: Shell) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(shell.rawValue)") }
    }

    /// What the shell prints on both outputs; it must end well.
    private func shell(_ name: String, _ arguments: [String], _ variables: [String: String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.currentDirectoryURL = Self.folder
        process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self)
    }
}
