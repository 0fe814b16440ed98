extension Program {
    /// What is wrong with the declarations themselves; empty for a sound program. Meant for one test of the program,
    /// not for its users: two options of one name, an argument that can never be given, an example that does not parse.
    public var faults: [String] {
        let names = commands.map(\.name)
        let reserved = names.filter { $0 == Program.helpWord || $0 == Program.completionWord }
        return duplicates(names).map { "command '\($0)' is declared twice" }
            + reserved.map { "command '\($0)' is reserved" }
            + proseFaults("the program", summary: summary, discussion: discussion)
            + examples.flatMap { exampleFaults($0, "the program") } + lengthFaults(Route(self))
            + commands.flatMap { faults(of: Route(self).appending($0)) }
    }

    private func faults(of route: Route) -> [String] {
        guard let command = route.command else { return [] }
        let place = "'\(route.text)'"
        let own =
            nameFaults(command.name, place)
            + proseFaults(place, summary: command.summary, discussion: command.discussion)
            + command.examples.flatMap { exampleFaults($0, place) }
        guard let subcommands = command.subcommands else {
            let needsExample = command.examples.isEmpty && !command.isHidden
            return own + optionFaults(command, place) + argumentFaults(command, place) + lengthFaults(route)
                + (needsExample ? ["\(place) has no example"] : [])
        }
        return own + lengthFaults(route)
            + duplicates(subcommands.map(\.name)).map { "\(place) declares command '\($0)' twice" }
            + (route.path.count > 2 ? ["\(place) is nested too deeply"] : [])
            + subcommands.flatMap { faults(of: route.appending($0)) }
    }

    /// Help that does not fit on a screen is not read.
    private func lengthFaults(_ route: Route) -> [String] {
        let lines = HelpPage(route: route).text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        let limit = HelpPage.rows(of: route)
        return route.command?.isHidden == true || lines <= limit
            ? [] : ["'\(route.text)' has a help of \(lines) lines, which are more than \(limit)"]
    }

    private func optionFaults(_ command: Command, _ place: String) -> [String] {
        let options = command.options + [.help]
        let twice = duplicates(options.flatMap(\.spellings) + options.compactMap(\.short).map { "-\($0)" })
        return twice.map { "\(place) declares '\($0)' twice" }
            + command.options.flatMap { option -> [String] in
                let place = "\(place) \(option.spelling)"
                let short = option.short.map { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? true
                var faults = ([option.name] + option.aliases).flatMap { nameFaults($0, place) }
                faults += sentenceFaults(option.help, place)
                if !short { faults.append("\(place) has a short form that is no letter or digit") }
                if let value = option.value { faults += completionFaults(value.completion, place) }
                return faults
            }
    }

    private func argumentFaults(_ command: Command, _ place: String) -> [String] {
        let arguments = command.arguments
        let order = zip(arguments, arguments.dropFirst()).filter { left, right in
            left.arity.rawValue > right.arity.rawValue || left.arity == right.arity && left.arity.rawValue >= 2
        }
        return order.map { "\(place) has \($0.0.placeholder) before \($0.1.placeholder)" }
            + duplicates(arguments.map(\.placeholder)).map { "\(place) declares \($0) twice" }
            + arguments.flatMap { argument in
                let place = "\(place) \(argument.placeholder)"
                return sentenceFaults(argument.help, place) + completionFaults(argument.value.completion, place)
            }
    }

    private func completionFaults(_ completion: Completion, _ place: String) -> [String] {
        guard case .dynamic(let name) = completion, completions[name] == nil else { return [] }
        return ["\(place) is completed by '\(name)', which the program does not provide"]
    }

    /// An example of this program must parse; one with words that a shell would change is beyond this check.
    private func exampleFaults(_ example: Example, _ place: String) -> [String] {
        let words = example.line.split(separator: " ").map(String.init)
        let tooLong = example.line.count > screenWidth - 4 ? ["\(place) has an example wider than the screen"] : []
        let base = sentenceFaults(example.explanation, "\(place) example") + tooLong
        guard words.first == name, !example.line.contains(where: { "'\"\\$|&;<>*?()`".contains($0) }) else {
            return base
        }
        do {
            _ = try request(Array(words.dropFirst()), environment: [:])
            return base
        } catch {
            return base + ["\(place) has an example that does not parse: \(error.error.message)"]
        }
    }
}

private func nameFaults(_ name: String, _ place: String) -> [String] {
    let isSound =
        !name.isEmpty && !name.hasPrefix("-")
        && name.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".contains($0) }
    return isSound ? [] : ["\(place) has a name that is not of a-z, 0-9 and '-'"]
}

private func proseFaults(_ place: String, summary: String, discussion: String) -> [String] {
    let lines = Paragraph.paragraphs(of: discussion).flatMap { paragraph -> [String] in
        if case .verbatim(let lines) = paragraph { lines } else { [] }
    }
    return sentenceFaults(summary, place)
        + (lines.contains { $0.count > screenWidth - 2 } ? ["\(place) has a line wider than the screen"] : [])
}

private func sentenceFaults(_ text: String, _ place: String) -> [String] {
    text.isEmpty || text.hasSuffix(".") || text.contains("\n")
        ? ["\(place) is described by '\(text)', which is not one line without a full stop"] : []
}

private func duplicates(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { !seen.insert($0).inserted }
}
