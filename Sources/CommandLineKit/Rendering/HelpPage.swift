/// What `--help` shows: at most 80 columns wide, without colour, and no longer than a screen; what does not fit there
/// stands in the full help.
struct HelpPage {
    let route: Route
    /// True for everything, as long as it is.
    var isFull = false

    /// The rows that a page may have: those of the smallest usual terminal; for a list of commands more.
    static func rows(of route: Route) -> Int { route.subcommands == nil ? 24 : 40 }

    /// What of a page is shown.
    private struct Extent {
        var examples: Int
        var paragraphs: Int
        /// `--help` itself; who reads this knows it.
        var hasHelp = true
    }

    /// The page. Where it is too long, one example and the first paragraph have to do.
    var text: String {
        let all = Extent(examples: allExamples.count, paragraphs: discussion.count)
        var shown = all
        while !isFull, lineCount(shown) > Self.rows(of: route) {
            if shown.examples > 1 {
                shown.examples -= 1
            } else if shown.paragraphs > 1 {
                shown.paragraphs -= 1
            } else if shown.hasHelp, route.subcommands == nil {
                shown.hasHelp = false
            } else {
                break
            }
        }
        return text(shown)
    }

    private func lineCount(_ extent: Extent) -> Int {
        text(extent).split(separator: "\n", omittingEmptySubsequences: false).count - 1
    }

    private func text(_ extent: Extent) -> String {
        let isCut =
            extent.examples < allExamples.count || extent.paragraphs < discussion.count
            || options.contains { !isFull && $0.isRare }
        let shown = options.filter {
            isFull || !$0.isRare && (extent.hasHelp || $0.name != OptionDeclaration.help.name)
        }
        let blocks =
            [opening, usage] + discussion.prefix(extent.paragraphs) + lists
            + [list("Options:", shown.map { ($0.label, $0.description) })]
            + [examples(extent.examples), closing(isCut: isCut)]
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private var program: Program { route.program }

    private var opening: [String] {
        wrapped(route.command?.summary ?? program.summary, width: screenWidth)
    }

    private var usage: [String] {
        let label = "Usage: "
        let lines = wrapped(route.usage, width: screenWidth - label.count)
        return lines.enumerated().map { index, line in
            (index == 0 ? label : String(repeating: " ", count: label.count)) + line
        }
    }

    private var discussion: [[String]] {
        Paragraph.paragraphs(of: route.command?.discussion ?? program.discussion).map { paragraph in
            switch paragraph {
            case .prose(let text): wrapped(text, width: screenWidth)
            case .verbatim(let lines): lines.map { "  \($0)" }
            }
        }
    }

    /// The commands or the arguments.
    private var lists: [[String]] {
        guard let command = route.command else { return [program.sections.flatMap(rows)] }
        if command.subcommands != nil {
            return [list("Commands:", route.visibleRoutes.compactMap(\.command).map { ($0.name, $0.summary) })]
        }
        return [list("Arguments:", command.arguments.map { ($0.placeholder, $0.description) })]
    }

    /// A section's commands, its title at the left of the first. All sections align.
    private func rows(of section: Section) -> [String] {
        let titles = program.sections.filter { !$0.visibleCommands.isEmpty }.map(\.title.count).max() ?? 0
        let names = program.commands.filter { !$0.isHidden }.map(\.name.count).max() ?? 0
        let margin = String(repeating: " ", count: titles + names + 4)
        return section.visibleCommands.enumerated().flatMap { index, command in
            let title = index == 0 ? section.title : ""
            let label = "\(padded(title, to: titles))  \(padded(command.name, to: names))  "
            return wrapped(command.summary, width: screenWidth - margin.count).enumerated().map { row, text in
                (row == 0 ? label : margin) + text
            }
        }
    }

    private var options: [OptionDeclaration] {
        guard let command = route.command else { return [.help, .version] + OptionDeclaration.leading }
        return command.listedOptions + (isFull ? command.common : [.help])
    }

    private var allExamples: [Example] { route.command?.examples ?? program.examples }

    private func examples(_ count: Int) -> [String] {
        let examples = allExamples.prefix(count)
        return examples.isEmpty ? [] : ["Examples:"] + examples.flatMap { ["  \($0.explanation):", "    \($0.line)"] }
    }

    private func closing(isCut: Bool) -> [String] {
        let words = ([program.name, Program.helpWord] + route.path.dropFirst()).joined(separator: " ")
        if route.subcommands != nil { return ["See '\(words) <command>' for a command's options and examples."] }
        return isCut ? ["More options and examples: \(words) --all"] : []
    }

    private func list(_ title: String, _ rows: [(label: String, text: String)]) -> [String] {
        rows.isEmpty ? [] : [title] + columns(rows)
    }
}

private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}
