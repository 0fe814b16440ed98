import System
import Testing

@Suite("Plain text") struct PlainTextTests {
    @Test(
        "nothing that a terminal obeys or hides comes through",
        arguments: [
            ("plain äöü 漢字 🙂", "plain äöü 漢字 🙂"), ("", ""),
            ("\u{1b}]0;title\u{07}", "\\u{1B}]0;title\\u{7}"),
            ("\u{1b}[2J", "\\u{1B}[2J"),
            ("\u{9b}31m", "\\u{9B}31m"), ("\u{90}", "\\u{90}"), ("\u{7f}", "\\u{7F}"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202E}b\\u{2066}c\\u{200F}"),
            ("\u{200b}\u{feff}\u{ad}", "\\u{200B}\\u{FEFF}\\u{AD}"),
            ("\u{2028}\u{2029}\u{85}", "\\u{2028}\\u{2029}\\u{85}"),
            ("\u{e0041}\u{e0001}", "\\u{E0041}\\u{E0001}"),
            ("\u{e000}", "\\u{E000}"), ("\0\r\n\t\u{8}", "\\u{0}\\u{D}\\u{A}\\u{9}\\u{8}"),
        ])
    func line(text: String, shown: String) {
        #expect(PlainText.line(text) == shown)
    }

    @Test("a carriage return and line feed, one character to Swift, are two to escape")
    func pair() {
        #expect(PlainText.line("\r\n") == "\\u{D}\\u{A}")
        #expect(PlainText.lines("a\r\nb") == "a\\u{D}\nb")
    }

    @Test("lines keep line feeds and tabs, and nothing more")
    func lines() {
        #expect(PlainText.lines("a\n\tb\u{1b}[1m\u{202e}") == "a\n\tb\\u{1B}[1m\\u{202E}")
    }

    @Test("a long line is cut and says so")
    func limit() {
        #expect(PlainText.line("abcdef", limit: 3) == "abc…")
        #expect(PlainText.line("abc", limit: 3) == "abc")
    }

    @Test("an error shows its object escaped")
    func errors() {
        let error = SystemError("open", "/x\u{1b}[2J", code: 2)
        #expect(error.description == "cannot open '/x\\u{1B}[2J': no such file or directory")
    }
}
