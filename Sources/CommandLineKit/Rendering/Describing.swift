// The wording that help, reference and man page have in common.

extension OptionDeclaration {
    /// `-e, --env K=V`, and the same width for an option without a letter.
    var label: String {
        (short.map { "-\($0), " } ?? "    ") + spellingWithValue
    }

    /// The help and all that is known of the value.
    var description: String {
        var notes = value?.notes ?? []
        if !aliases.isEmpty { notes.append("also \(spellings.dropFirst().joined(separator: ", "))") }
        if let defaultText { notes.append("default: \(defaultText)") }
        if let variable { notes.append("variable: \(variable)") }
        if isRepeated { notes.append("repeatable") }
        return described(help, notes)
    }
}

extension ArgumentDeclaration {
    /// The help and all that is known of the value.
    var description: String { described(help, value.notes) }
}

extension ValueDeclaration {
    fileprivate var notes: [String] {
        choices.isEmpty ? [] : ["one of \(choices.joined(separator: ", "))"]
    }
}

private func described(_ help: String, _ notes: [String]) -> String {
    notes.isEmpty ? help : "\(help) (\(notes.joined(separator: "; ")))"
}

extension Route {
    /// `task run [options] [TASK] [-- COMMAND...]`; options only where there are others than `--help`.
    var usage: String {
        guard let command, command.subcommands == nil else { return "\(text) <command>" }
        let options = command.listedOptions.isEmpty ? [] : ["[options]"]
        return ([text] + options + command.arguments.map(\.usage)).joined(separator: " ")
    }

    /// The commands below this one, hidden ones left out.
    var visibleRoutes: [Route] {
        (subcommands ?? []).filter { !$0.isHidden }.map(appending)
    }
}

extension Section {
    var visibleCommands: [Command] { commands.filter { !$0.isHidden } }
}

extension Program {
    /// Every command that does something, with the section of the list that it stands in; hidden ones left out.
    var chapters: [(title: String, routes: [Route])] {
        sections.map { section in
            (section.title, section.visibleCommands.flatMap { leaves(of: Route(self).appending($0)) })
        }.filter { !$0.routes.isEmpty }
    }

    private func leaves(of route: Route) -> [Route] {
        route.subcommands == nil ? [route] : route.visibleRoutes.flatMap(leaves)
    }
}
