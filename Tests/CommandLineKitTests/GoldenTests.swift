import CommandLineKit
import Foundation
import Testing

/// Everything that is rendered from the declarations, word for word.
@Suite("Golden texts")
struct GoldenTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    /// With UPDATE_GOLDEN=1 in the environment, writes the file instead of comparing.
    private func expectGolden(_ text: String, _ file: String) throws {
        let url = Self.folder.appending(path: file)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let golden = try String(contentsOf: url, encoding: .utf8)
        #expect(
            text == golden,
            "\(file) differs; if so wanted: UPDATE_GOLDEN=1 swift test --filter GoldenTests, then read the diff")
    }

    @Test(
        "help",
        arguments: [
            ("help.txt", []), ("help-run.txt", ["run"]), ("help-logs.txt", ["logs"]), ("help-image.txt", ["image"]),
            ("help-image-build.txt", ["image", "build"]), ("help-completion.txt", ["completion"]),
        ])
    func help(file: String, command: [String]) async throws {
        let outcome = await run(command + ["--help"])
        try expectGolden(outcome.output, file)
        #expect(await run(["help"] + command) == outcome)
        let tooLong = outcome.output.split(separator: "\n").filter { $0.count > 80 }
        #expect(tooLong.isEmpty)
        #expect(!outcome.output.contains("\u{1b}"))
    }

    @Test("the reference in Markdown")
    func markdown() throws {
        try expectGolden(Sample.program.markdown, "commands.md")
    }

    @Test("the manual: the program's page, that of a command, and that of a noun")
    func manPages() throws {
        let pages = Sample.program.manPages
        #expect(
            pages.map(\.name)
                == ["task", "task-run", "task-image", "task-logs", "task-exec", "task-rm", "task-completion"])
        for page in pages.prefix(3) { try expectGolden(page.text, "\(page.name).1") }
    }

    @Test("completion scripts", arguments: Shell.allCases)
    func completionScript(shell: Shell) async throws {
        let script = Sample.program.completionScript(for: shell)
        try expectGolden(script, "completion.\(shell.rawValue)")
        #expect(await run("completion", shell.rawValue).output == script)
    }

    @Test("what is hidden stands nowhere")
    func hidden() async {
        let pages =
            [
                Sample.program.markdown, await run("--help").output, await run("run", "-h").output,
            ] + Sample.program.manPages.map(\.text)
        #expect(pages.allSatisfy { !$0.contains("--trace") && !$0.contains("Fail") })
    }
}
