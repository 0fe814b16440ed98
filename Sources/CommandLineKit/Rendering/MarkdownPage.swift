extension Program {
    /// The reference of all commands, as Markdown.
    public var markdown: String {
        let chapters = chapters.map { chapter in
            (["## \(markdownText(chapter.title))"] + chapter.routes.map { MarkdownEntry(route: $0).text })
                .joined(separator: "\n\n")
        }
        let opening = [
            "# \(name) commands", "\(markdownText(summary)).", markdownDiscussion(discussion),
            "Every command explains itself with `--help`.",
        ]
        let blocks = opening + chapters + [markdownExitStatuses]
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private var markdownExitStatuses: String {
        let rows = exitStatuses.map { ("`\($0.code)`", markdownText($0.meaning)) }
        return rows.isEmpty ? "" : "## Exit status\n\n" + markdownTable("Status", rows)
    }
}

/// One command's part of the reference.
private struct MarkdownEntry {
    let route: Route

    var text: String {
        guard let command = route.command else { return "" }
        let blocks = [
            "### \(route.text)",
            "\(markdownText(command.summary)).",
            "```\n\(route.usage)\n```",
            markdownDiscussion(command.discussion),
            markdownTable("Argument", command.arguments.map { ("`\($0.placeholder)`", markdownText($0.description)) }),
            markdownTable("Option", command.listedOptions.map { ("`\($0.fullLabel)`", markdownText($0.description)) }),
            command.examples.map { "\(markdownText($0.explanation)):\n\n```sh\n\($0.line)\n```" }
                .joined(separator: "\n\n"),
        ]
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }
}

extension OptionDeclaration {
    /// `-e, --env K=V`.
    var fullLabel: String { String(label.drop { $0 == " " }) }
}

private func markdownTable(_ title: String, _ rows: [(String, String)]) -> String {
    guard !rows.isEmpty else { return "" }
    let lines = rows.map { "| \(tableCell($0.0)) | \(tableCell($0.1)) |" }
    return (["| \(title) | Meaning |", "|---|---|"] + lines).joined(separator: "\n")
}

private func markdownDiscussion(_ text: String) -> String {
    Paragraph.paragraphs(of: text).map { paragraph in
        switch paragraph {
        case .prose(let text): markdownText(text)
        case .verbatim(let lines): "```\n\(lines.joined(separator: "\n"))\n```"
        }
    }.joined(separator: "\n\n")
}

/// A bar ends a cell even inside code.
private func tableCell(_ text: String) -> String {
    text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
}

/// `text` with everything escaped that Markdown would take for a mark.
private func markdownText(_ text: String) -> String {
    String(text.flatMap { "\\`*_<[".contains($0) ? ["\\", $0] : [$0] })
}
