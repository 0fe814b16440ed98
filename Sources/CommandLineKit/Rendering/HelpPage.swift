/// What `--help` shows: at most 80 columns wide, without colour.
struct HelpPage {
    let route: Route

    var text: String {
        let blocks = [opening, usage] + discussion + lists + [options, examples, closing]
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
        guard let command = route.command else {
            return program.sections.map { list("\($0.title):", commandRows($0.visibleCommands)) }
        }
        if command.subcommands != nil {
            return [list("Commands:", commandRows(route.visibleRoutes.compactMap(\.command)))]
        }
        return [list("Arguments:", command.arguments.map { ($0.placeholder, $0.description) })]
    }

    /// The labels of all commands get the same width, so that the sections align.
    private func commandRows(_ commands: [Command]) -> [(label: String, text: String)] {
        let width = (route.subcommands ?? []).filter { !$0.isHidden }.map(\.name.count).max() ?? 0
        return commands.map { command in
            (command.name + String(repeating: " ", count: width - command.name.count), command.summary)
        }
    }

    private var options: [String] {
        let options = route.command?.visibleOptions ?? [.help, .version]
        return list("Options:", options.map { ($0.label, $0.description) })
    }

    private var examples: [String] {
        let examples = route.command?.examples ?? program.examples
        return examples.isEmpty ? [] : ["Examples:"] + examples.flatMap { ["  \($0.explanation):", "    \($0.line)"] }
    }

    private var closing: [String] {
        guard route.subcommands != nil else { return [] }
        let words = [program.name, Program.helpWord] + route.path.dropFirst()
        return ["See '\(words.joined(separator: " ")) <command>' for a command's options and examples."]
    }

    private func list(_ title: String, _ rows: [(label: String, text: String)]) -> [String] {
        rows.isEmpty ? [] : [title] + columns(rows)
    }
}
