import CommandLineKit
import Foundation
import Testing

@testable import TaskCommands

/// The documents that are made from the commands' declarations, as they are checked in: a change of a command that
/// forgets `make docs` fails here.
@Suite("Generated documents") struct DocumentTests {
    private static let documents = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    @Test("docs/commands.md is current")
    func reference() throws {
        try expectCurrent("commands.md", TaskProgram.program.markdown)
    }

    @Test("docs/man has a current page for each command, and no other")
    func manual() throws {
        let pages = TaskProgram.program.manPages
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.documents.appending(path: "man").path)
        #expect(files.sorted() == pages.map { "\($0.name).1" }.sorted(), "make docs")
        for page in pages { try expectCurrent("man/\(page.name).1", page.text) }
    }

    /// Says where they part, not what both have.
    private func expectCurrent(_ path: String, _ text: String) throws {
        let file = String(decoding: try Data(contentsOf: Self.documents.appending(path: path)), as: UTF8.self)
        if file == text { return }
        let lines = (file.split(separator: "\n"), text.split(separator: "\n"))
        let parting = zip(lines.0, lines.1).first { $0 != $1 }
        Issue.record("docs/\(path) is old: make docs; it has '\(parting?.0 ?? "")', now '\(parting?.1 ?? "")'")
    }
}
