// What manual pages are written in: the man(7) macros of roff.

func roffList(_ title: String, _ rows: [(String, String)]) -> [String] {
    rows.isEmpty ? [] : [".SH \(roffArgument(title))"] + rows.flatMap(roffItem)
}

/// The lines that can be typed.
func roffSynopsis(_ routes: [Route]) -> [String] {
    [".SH SYNOPSIS", ".nf"] + routes.map { roffText($0.usage) } + [".fi"]
}

/// Another page of the manual.
func roffReference(_ page: String) -> String { ".BR \(roffEscaped(page)) (1)" }

/// Another page, in a list of such.
func roffReference(_ page: String, _ summary: String) -> [String] { [".TP", roffReference(page), roffText(summary)] }

func roffItem(_ label: String, _ text: String) -> [String] {
    [".TP", "\\fB\(roffEscaped(label))\\fR", roffText(text)]
}

func roffExamples(_ examples: [Example]) -> [String] {
    examples.flatMap { [".PP", roffText("\($0.explanation):"), ".RS 4", ".nf", roffText($0.line), ".fi", ".RE"] }
}

/// A discussion right below a heading, which begins a paragraph by itself.
func roffOpening(_ text: String) -> [String] { Array(roffDiscussion(text).dropFirst()) }

func roffDiscussion(_ text: String) -> [String] {
    Paragraph.paragraphs(of: text).flatMap { paragraph in
        switch paragraph {
        case .prose(let text): [".PP", roffText(text)]
        case .verbatim(let lines): [".PP", ".RS 4", ".nf"] + lines.map(roffText) + [".fi", ".RE"]
        }
    }
}

/// A line of text: roff takes one that begins with a dot or an apostrophe for a request.
func roffText(_ text: String) -> String {
    (text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : "") + roffEscaped(text)
}

/// An argument of a macro, which may contain blanks.
func roffArgument(_ text: String) -> String {
    "\"" + roffEscaped(text).replacing("\"", with: "\\(dq") + "\""
}

/// A bare hyphen may be printed as a typographic one, which cannot be copied into a shell; so may quotes be.
private func roffEscaped(_ text: String) -> String {
    String(
        text.flatMap { character -> String in
            switch character {
            case "\\": "\\e"
            case "-": "\\-"
            case "'": "\\(aq"
            case "`": "\\(ga"
            case "^": "\\(ha"
            case "~": "\\(ti"
            default: String(character)
            }
        })
}
