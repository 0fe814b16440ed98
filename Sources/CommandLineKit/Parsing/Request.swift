/// What the user asks of the program.
enum Request {
    /// In full, or what fits on a screen.
    case help(Route, full: Bool)
    case version
    /// The words before the cursor; the last is the one to complete.
    case complete([String])
    case run(Route, Command.Handler, ParsedValues, Verbosity)
}

/// A refused command line, and the command whose help tells how to do it right.
struct Refusal: Error {
    let error: UsageError
    let route: Route

    /// What was wrong, and the next command to type.
    var text: String { "\(error.message); see '\(route.text) --help'" }
}

extension Program {
    /// The word that the completion scripts use; no command may have it.
    static let completionWord = "__complete"
    static let helpWord = "help"

    func request(_ words: [String], environment: [String: String]) throws(Refusal) -> Request {
        if words.first == Program.completionWord { return .complete(Array(words.dropFirst())) }
        let (leading, words) = Program.leadingOptions(words)
        switch words.first {
        case Program.helpWord:
            let asked = words.dropFirst().filter { $0 != "--all" }
            return .help(try helpRoute(Array(asked)), full: asked.count < words.count - 1)
        default: break
        }
        let (route, remaining) = Route(self).following(words)
        guard let command = route.command, case .handler(let handler) = command.body else {
            return try request(of: route, remaining, leading)
        }
        do {
            let parser = ArgumentParser(command: command, environment: environment)
            guard let (values, verbosity) = try parser.parse(remaining, leading: leading) else {
                return .help(route, full: false)
            }
            return .run(route, handler, values, verbosity)
        } catch {
            throw Refusal(error: error, route: route)
        }
    }

    /// `task`, `task --version`, `task image`: what is asked without a command that does something.
    private func request(
        of route: Route, _ words: ArraySlice<String>, _ leading: [OptionDeclaration]
    ) throws(Refusal) -> Request {
        let options = Program.options(of: route)
        switch Tokenizer(options: options).tokens(of: words).first {
        case nil where route.command == nil:
            guard let start else { return .help(route, full: false) }
            do {
                return .run(route, start, [:], try Verbosity(leading))
            } catch {
                throw Refusal(error: error, route: route)
            }
        case .option(let option, _) where option.name == OptionDeclaration.help.name:
            return .help(route, full: false)
        case .option: return .version
        case .unknownOption(let spelling):
            throw Refusal(error: unknown("option", spelling, among: options.map(\.spelling)), route: route)
        case .surplusValue(let option, let text):
            throw Refusal(error: surplusValue(option, text), route: route)
        case .argument(let word):
            throw Refusal(error: unknownCommand(word, route), route: route)
        case nil, .rest, .missingValue:
            let names = (route.subcommands ?? []).filter { !$0.isHidden }.map(\.name)
            throw Refusal(error: UsageError("missing command: \(names.joined(separator: ", "))"), route: route)
        }
    }

    /// What is understood where a command is missing.
    static func options(of route: Route) -> [OptionDeclaration] {
        route.command == nil ? [.help, .version] : [.help]
    }

    /// The options that stand before any command, and the words after them.
    static func leadingOptions(_ words: [String]) -> ([OptionDeclaration], [String]) {
        let tokens = Tokenizer(options: OptionDeclaration.leading)
        var leading: [OptionDeclaration] = []
        for word in words {
            guard case .option(let option, _) = tokens.tokens(of: [word]).first else { break }
            leading.append(option)
        }
        return (leading, Array(words.dropFirst(leading.count)))
    }

    /// `task help image build`.
    private func helpRoute(_ words: [String]) throws(Refusal) -> Route {
        let (route, remaining) = Route(self).following(words)
        guard let word = remaining.first, word != "--\(OptionDeclaration.help.name)", word != "-h" else { return route }
        if route.subcommands == nil {
            throw Refusal(error: UsageError("surplus argument \(quoted(word))"), route: route)
        }
        throw Refusal(error: unknownCommand(word, route), route: route)
    }

    private func unknownCommand(_ word: String, _ route: Route) -> UsageError {
        unknown("command", word, among: (route.subcommands ?? []).filter { !$0.isHidden }.map(\.name))
    }
}
