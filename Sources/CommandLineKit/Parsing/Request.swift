/// What the user asks of the program.
enum Request {
    case help(Route)
    case version
    /// The words before the cursor; the last is the one to complete.
    case complete([String])
    case run(Route, Command.Handler, ParsedValues)
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
        switch words.first {
        case Program.completionWord: return .complete(Array(words.dropFirst()))
        case Program.helpWord: return .help(try helpRoute(Array(words.dropFirst())))
        default: break
        }
        let (route, remaining) = Route(self).following(words)
        guard let command = route.command, case .handler(let handler) = command.body else {
            return try request(of: route, remaining)
        }
        do {
            let values = try ArgumentParser(command: command, environment: environment).parse(remaining)
            return values.map { .run(route, handler, $0) } ?? .help(route)
        } catch {
            throw Refusal(error: error, route: route)
        }
    }

    /// `task`, `task --version`, `task image`: what is asked without a command that does something.
    private func request(of route: Route, _ words: ArraySlice<String>) throws(Refusal) -> Request {
        let options = route.command == nil ? [OptionDeclaration.help, .version] : [.help]
        switch Tokenizer(options: options).tokens(of: words).first {
        case nil where route.command == nil: return start.map { .run(route, $0, [:]) } ?? .help(route)
        case .option(let option, _) where option.name == OptionDeclaration.help.name: return .help(route)
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
