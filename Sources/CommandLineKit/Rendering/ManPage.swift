extension Program {
    /// The manual page, section 1, in the man(7) macros of roff. It bears no date, so that it changes only when a
    /// declaration does.
    public var manPage: String {
        let blocks = [
            [".TH \(roffArgument(name.uppercased())) 1 \"\" \(roffArgument("\(name) \(version)"))"],
            [".SH NAME", "\(roffText(name)) \\- \(roffText(summary))"],
            [".SH SYNOPSIS", ".nf", roffText(Route(self).usage), ".fi"],
            [".SH DESCRIPTION"] + roffDiscussion(discussion)
                + [".PP", roffText("Every command explains itself with --help.")],
            chapters.flatMap { chapter in
                [".SH \(roffArgument(chapter.title.uppercased()))"] + chapter.routes.flatMap(entry)
            },
            roffList("ENVIRONMENT", variables),
            roffList("EXIT STATUS", exitStatuses.map { ($0.code, $0.meaning) }),
            examples.isEmpty ? [] : [".SH EXAMPLES"] + roffExamples(examples),
        ]
        return blocks.flatMap(\.self).joined(separator: "\n") + "\n"
    }

    private func entry(_ route: Route) -> [String] {
        guard let command = route.command else { return [] }
        return [".SS \(roffArgument(route.usage))", roffText("\(command.summary).")]
            + roffDiscussion(command.discussion)
            + command.arguments.flatMap { roffItem($0.placeholder, $0.description) }
            + command.listedOptions.flatMap { roffItem($0.fullLabel, $0.description) }
            + roffExamples(command.examples)
    }

    /// Every environment variable that stands for an option, in alphabetical order.
    private var variables: [(String, String)] {
        var meanings: [String: [String]] = [:]
        for route in chapters.flatMap(\.routes) {
            for option in route.command?.listedOptions ?? [] {
                guard let variable = option.variable else { continue }
                meanings[variable, default: []].append("'\(route.text) \(option.spelling)'")
            }
        }
        return meanings.sorted { $0.key < $1.key }.map { ($0.key, "Stands for \($0.value.joined(separator: ", "))") }
    }
}

private func roffList(_ title: String, _ rows: [(String, String)]) -> [String] {
    rows.isEmpty ? [] : [".SH \(title)"] + rows.flatMap(roffItem)
}

private func roffItem(_ label: String, _ text: String) -> [String] {
    [".TP", "\\fB\(roffEscaped(label))\\fR", roffText(text)]
}

private func roffExamples(_ examples: [Example]) -> [String] {
    examples.flatMap { [".PP", roffText("\($0.explanation):"), ".RS 4", ".nf", roffText($0.line), ".fi", ".RE"] }
}

private func roffDiscussion(_ text: String) -> [String] {
    Paragraph.paragraphs(of: text).flatMap { paragraph in
        switch paragraph {
        case .prose(let text): [".PP", roffText(text)]
        case .verbatim(let lines): [".PP", ".RS 4", ".nf"] + lines.map(roffText) + [".fi", ".RE"]
        }
    }
}

/// A line of text: roff takes one that begins with a dot or an apostrophe for a request.
private func roffText(_ text: String) -> String {
    (text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : "") + roffEscaped(text)
}

/// An argument of a macro, which may contain blanks.
private func roffArgument(_ text: String) -> String {
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
