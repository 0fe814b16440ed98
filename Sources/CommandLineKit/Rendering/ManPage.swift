/// A page of the manual, section 1.
public struct ManPage: Sendable {
    /// `task-run`: what man(1) is asked for, and the file's name without its `.1`.
    public let name: String
    /// In the man(7) macros of roff. It bears no date, so that it changes only when a declaration does.
    public let text: String
}

extension Program {
    /// The page of the program, which lists its commands, and one for each command that the list shows; a noun's page
    /// has all of its commands.
    public var manPages: [ManPage] {
        [page] + sections.flatMap(\.visibleCommands).map { page(of: Route(self).appending($0)) }
    }

    private var page: ManPage {
        let commands = sections.filter { !$0.visibleCommands.isEmpty }.flatMap { section in
            [".SS \(roffArgument(section.title))"]
                + section.visibleCommands.flatMap { roffReference(Route(self).appending($0).pageName, $0.summary) }
        }
        return ManPage(
            name: name,
            blocks: [
                heading(name, summary),
                roffSynopsis([Route(self)]),
                [".SH DESCRIPTION"] + roffOpening(discussion)
                    + [".PP", roffText("Every command explains itself with --help, and has a page of its own.")],
                roffList("OPTIONS", [.help, .version].map(row)),
                roffList("OPTIONS OF EVERY COMMAND", OptionDeclaration.leading.map(row)),
                [".SH COMMANDS"] + commands,
                roffList("ENVIRONMENT", variables(of: chapters.flatMap(\.routes))),
                roffList("EXIT STATUS", exitStatuses.map { ($0.code, $0.meaning) }),
                examples.isEmpty ? [] : [".SH EXAMPLES"] + roffExamples(examples).dropFirst(),
            ])
    }

    private func page(of route: Route) -> ManPage {
        guard let command = route.command else { return page }
        let routes = command.subcommands == nil ? [route] : route.visibleRoutes
        let described = command.discussion.isEmpty ? "\(command.summary)." : command.discussion
        let body =
            command.subcommands == nil
            ? options(of: command)
            : [".SH COMMANDS"]
                + routes.flatMap { [".SS \(roffArgument($0.text))"] + ($0.command.map(section) ?? []) }
        return ManPage(
            name: route.pageName,
            blocks: [
                heading(route.pageName, command.summary),
                roffSynopsis(routes),
                [".SH DESCRIPTION"] + roffOpening(described),
                body,
                roffList("ENVIRONMENT", variables(of: routes)),
                command.examples.isEmpty ? [] : [".SH EXAMPLES"] + roffExamples(command.examples).dropFirst(),
                [".SH \(roffArgument("SEE ALSO"))", roffReference(name)],
            ])
    }

    private func heading(_ page: String, _ summary: String) -> [String] {
        let title = [page.uppercased(), "1", "", "\(name) \(version)", "\(name) manual"]
        return [".TH " + title.map(roffArgument).joined(separator: " ")]
            + [".SH NAME", "\(roffText(page)) \\- \(roffText(summary))"]
    }

    private func options(of command: Command) -> [String] {
        roffList("ARGUMENTS", command.arguments.map { ($0.placeholder, $0.description) })
            + roffList("OPTIONS", command.listedOptions.map(row))
    }

    private func row(_ option: OptionDeclaration) -> (String, String) { (option.fullLabel, option.description) }

    /// A command of a noun, on the noun's page.
    private func section(_ command: Command) -> [String] {
        [roffText("\(command.summary).")] + roffDiscussion(command.discussion)
            + command.arguments.flatMap { roffItem($0.placeholder, $0.description) }
            + command.listedOptions.flatMap { roffItem($0.fullLabel, $0.description) }
            + roffExamples(command.examples)
    }

    /// Every environment variable that stands for an option of these commands, in alphabetical order.
    private func variables(of routes: [Route]) -> [(String, String)] {
        var meanings: [String: [String]] = [:]
        for route in routes {
            for option in route.command?.listedOptions ?? [] {
                guard let variable = option.variable else { continue }
                meanings[variable, default: []].append("'\(route.text) \(option.spelling)'")
            }
        }
        return meanings.sorted { $0.key < $1.key }.map { ($0.key, "Stands for \($0.value.joined(separator: ", "))") }
    }
}

extension ManPage {
    fileprivate init(name: String, blocks: [[String]]) {
        self.init(name: name, text: blocks.flatMap(\.self).joined(separator: "\n") + "\n")
    }
}

extension Route {
    /// `task-image`.
    fileprivate var pageName: String { path.joined(separator: "-") }
}
