/// Answers the completion scripts: what may stand at the cursor.
struct Completer {
    let program: Program
    let environment: [String: String]

    /// The first line says what follows: `values` with one candidate a line, its description after a tab; or `files`
    /// or `directories`, which the shell finds itself. `words` ends with the word at the cursor, empty if it is new.
    func answer(_ words: [String]) async -> String {
        let current = words.last ?? ""
        let before = Array(words.dropLast())
        switch slot(after: before, current: current) {
        case .candidates(let candidates):
            return values(candidates, matching: current)
        case .value(let completion, let prefix):
            switch completion {
            case .file: return "files\n"
            case .directory: return "directories\n"
            default:
                let candidates = await candidates(for: completion)
                return values(candidates.map { Candidate(prefix + $0.value, $0.description) }, matching: current)
            }
        }
    }

    /// What belongs at the cursor.
    private enum Slot {
        case candidates([Candidate])
        /// A value; candidates get `prefix`, as in `--name=`.
        case value(Completion, prefix: String)
    }

    private func slot(after before: [String], current: String) -> Slot {
        let before = Program.leadingOptions(before).1
        let isHelp = before.first == Program.helpWord
        let (route, remaining) = Route(program).following(isHelp ? Array(before.dropFirst()) : before)
        guard let command = route.command, command.subcommands == nil, !isHelp else {
            return .candidates(remaining.isEmpty ? commands(of: route, current: current, isHelp: isHelp) : [])
        }
        let tokens = Tokenizer(options: command.options + command.common).tokens(of: remaining)
        if case .missingValue(let option, nil) = tokens.last, let value = option.value {
            return .value(value.completion, prefix: "")
        }
        let place = Place(tokens, command: command)
        if !place.isPastOptions, current.hasPrefix("-") {
            return option(current, command: command, given: place.given)
        }
        return .value(place.argument?.value.completion ?? .none, prefix: "")
    }

    private func commands(of route: Route, current: String, isHelp: Bool) -> [Candidate] {
        if current.hasPrefix("-") {
            return candidates(Program.options(of: route) + (route.command == nil ? OptionDeclaration.leading : []))
        }
        let names = route.visibleRoutes.compactMap(\.command).map { Candidate($0.name, $0.summary) }
        return route.command == nil && !isHelp
            ? names + [Candidate(Program.helpWord, "Show help for a command")] : names
    }

    private func option(_ current: String, command: Command, given: Set<String>) -> Slot {
        let spelling = current.prefix { $0 != "=" }
        if spelling.count < current.count {
            let option = command.options.first { $0.spellings.contains(String(spelling)) }
            return .value(option?.value?.completion ?? .none, prefix: "\(spelling)=")
        }
        return .candidates(candidates(command.visibleOptions.filter { $0.isRepeated || !given.contains($0.spelling) }))
    }

    private func candidates(_ options: [OptionDeclaration]) -> [Candidate] {
        options.map { Candidate($0.spelling, $0.help) }
    }

    private func candidates(for completion: Completion) async -> [Candidate] {
        switch completion {
        case .none, .file, .directory: []
        case .choices(let words): words.map { Candidate($0) }
        case .dynamic(let name): await program.completions[name]?(environment) ?? []
        }
    }

    private func values(_ candidates: [Candidate], matching current: String) -> String {
        let lines = candidates.filter { $0.value.hasPrefix(current) && isPlain($0.value) }.map { candidate in
            candidate.description.isEmpty ? candidate.value : "\(candidate.value)\t\(escaped(candidate.description))"
        }
        return (["values"] + lines).map { $0 + "\n" }.joined()
    }

    /// A shell puts the value on the command line unquoted: one that it would expand or split is not offered. No shell
    /// expands a field of a template, `{{.Name}}`.
    private func isPlain(_ value: String) -> Bool {
        let isField = value.hasPrefix("{{.") && value.hasSuffix("}}") && value.count > 5
        let inside = isField ? value.dropFirst(3).dropLast(2) : value[...]
        return !inside.isEmpty
            && inside.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789-_./:@=+,%".unicodeScalars.contains($0)
            }
    }
}

/// How far the words before the cursor have come.
private struct Place {
    private(set) var given: Set<String> = []
    /// Whether `--` was passed.
    private(set) var isPastOptions = false
    /// The one that the cursor stands on.
    private(set) var argument: ArgumentDeclaration?

    init(_ tokens: [Token], command: Command) {
        let rest = command.arguments.first { $0.arity == .rest }
        var count = 0
        for token in tokens {
            switch token {
            case .option(let option, _): given.insert(option.spelling)
            case .argument: count += 1
            case .rest(let words):
                isPastOptions = true
                count += words.count
            case .missingValue, .surplusValue, .unknownOption: break
            }
        }
        if isPastOptions, let rest {
            argument = rest
        } else {
            let positional = command.arguments.filter { $0.arity != .rest }
            argument = count < positional.count ? positional[count] : positional.last { $0.arity == .repeated }
        }
    }
}
