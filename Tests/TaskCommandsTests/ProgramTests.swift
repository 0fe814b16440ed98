import CommandLineKit
import Foundation
import Synchronization
import Testing

@testable import TaskCommands

@Suite("The program's commands") struct ProgramTests {
    @Test("the declarations have no faults")
    func faults() {
        #expect(TaskProgram.program.faults == [])
    }

    @Test("the help is what its golden file says; a change of it is a change for users")
    func help() async throws {
        let text = Mutex("")
        let output = TextOutput { piece in text.withLock { $0 += piece } }
        let code = await TaskProgram.program.run(
            arguments: ["--help"], environment: [:], output: output, errorOutput: output)
        #expect(code == .success)
        let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/help.txt")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try Data(text.withLock { $0 }.utf8).write(to: golden)
        }
        #expect(text.withLock { $0 } == String(decoding: try Data(contentsOf: golden), as: UTF8.self))
    }

    @Test(
        "ages are told in the largest unit that fits",
        arguments: [
            (-5.0, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86399, "23h"),
            (86400, "1d"),
            (86400 * 400, "400d"),
        ] as [(Double, String)])
    func age(seconds: Double, text: String) {
        #expect(Age.text(seconds) == text)
    }

    @Test("columns line up, and no line ends in spaces")
    func table() {
        #expect(Table.text([]) == "")
        #expect(
            Table.text([["A", "LONG", "C"], ["aa", "b", "-"], ["", "ü", ""]]) == "A   LONG  C\naa  b     -\n    ü\n")
    }
}
