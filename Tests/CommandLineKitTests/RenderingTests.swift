import Testing

@testable import CommandLineKit

@Suite("Rendering")
struct RenderingTests {
    @Test("lines break between words only")
    func wrapping() {
        #expect(wrapped("aa bb cc", width: 5) == ["aa bb", "cc"])
        #expect(wrapped("aa bb cc", width: 4) == ["aa", "bb", "cc"])
        #expect(wrapped("a longest b", width: 4) == ["a", "longest", "b"])
        #expect(wrapped(" a \n b ", width: 9) == ["a b"])
        #expect(wrapped("", width: 9).isEmpty)
    }

    @Test("a label too long for its column stands alone")
    func longLabel() {
        let long = "--" + String(repeating: "x", count: 30)
        #expect(columns([("-a", "All"), (long, "Long")]) == ["  -a  All", "  \(long)", "      Long"])
    }

    @Test("nearest word", arguments: [("ab", "ba", 1), ("abc", "abc", 0), ("abc", "", 3), ("kitten", "sitting", 3)])
    func distance(left: String, right: String, distance: Int) {
        #expect(editDistance(Array(left), Array(right)) == distance)
        #expect(editDistance(Array(right), Array(left)) == distance)
    }

    @Test("a short word is no guess at everything")
    func shortWord() {
        #expect(suggestion(for: "ab", among: ["rm"]) == nil)
        #expect(suggestion(for: "ab", among: ["rm", "abide"]) == "abide")
        #expect(suggestion(for: "-x", among: ["--xy"]) == nil)
    }

    /// A program whose every text is full of what Markdown and roff take for marks.
    private func program(_ text: String) -> Program {
        Program(
            name: "task", version: "1", summary: "Run",
            sections: [
                Section(
                    "All",
                    [
                        Command("run", summary: "Run", discussion: text, options: [Flag("all", help: text)]) { _ in
                            .success
                        }
                    ])
            ])
    }

    @Test("Markdown takes no text for a mark")
    func markdownEscapes() {
        let page = program("a|b `c` <d> [e](f) *g* \\").markdown
        #expect(page.contains("\na|b \\`c\\` \\<d> \\[e](f) \\*g\\* \\\\\n"))
        #expect(page.contains("| `--all` | a\\|b \\`c\\` \\<d> \\[e](f) \\*g\\* \\\\ |"))
    }

    @Test("roff takes no text for a request")
    func roffEscapes() {
        let manual = { (text: String) in program(text).manPages.map(\.text).joined() }
        #expect(manual(".so /etc/passwd").contains("\n\\&.so /etc/passwd\n"))
        #expect(manual("'so x").contains("\n\\&\\(aqso x\n"))
        #expect(manual("a\\fB --b").contains("\na\\efB \\-\\-b\n"))
    }

    @Test("nothing in a quoted text reaches the terminal as a control")
    func quoting() {
        #expect(quoted("a\u{1b}]0;x\u{7}\u{9b}\u{202e}\u{2028}é") == "'a\\u{1b}]0;x\\u{7}\\u{9b}\\u{202e}\\u{2028}é'")
    }
}
