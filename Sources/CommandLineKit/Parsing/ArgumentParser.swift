/// The converted values, under `OptionDeclaration.spelling` and `ArgumentDeclaration.placeholder`.
typealias ParsedValues = [String: [any Sendable]]

extension ParsedValues {
    /// Under no option's name: the spellings of those that were typed, and not only set by a variable.
    static var typed: String { "" }
}

/// Turns the words after a command's name into values, or refuses them.
struct ArgumentParser {
    let command: Command
    let environment: [String: String]

    private var values: ParsedValues = [:]
    private var given: [OptionDeclaration] = []

    init(command: Command, environment: [String: String]) {
        self.command = command
        self.environment = environment
    }

    /// Nil when help is asked for, which is answered whatever else is wrong. `leading` are the options that stood before
    /// the command.
    func parse(
        _ words: some Collection<String>, leading: [OptionDeclaration]
    ) throws(UsageError) -> (ParsedValues, Verbosity)? {
        let common = command.common
        let tokens = Tokenizer(options: command.options + common).tokens(of: words)
        let asksForHelp = tokens.contains { token in
            if case .option(let option, _) = token { option.name == OptionDeclaration.help.name } else { false }
        }
        if asksForHelp { return nil }
        var parser = self
        try parser.read(tokens)
        let ofAll = parser.given.filter { option in common.contains { $0.name == option.name } }
        parser.values[ParsedValues.typed] = parser.given.map(\.spelling)
        return (parser.values, try Verbosity(leading + ofAll))
    }

    private mutating func read(_ tokens: [Token]) throws(UsageError) {
        let takesRest = command.arguments.contains { $0.arity == .rest }
        var positional: [String] = []
        var rest: [String] = []
        for token in tokens {
            switch token {
            case .argument(let text): positional.append(text)
            case .rest(let words) where takesRest: rest = words
            case .rest(let words): positional += words
            case .option(let option, let text): try take(option, text)
            case .missingValue(let option, let next): throw missingValue(option, next: next)
            case .surplusValue(let option, let text): throw surplusValue(option, text)
            case .unknownOption(let spelling):
                throw unknown("option", spelling, among: command.visibleOptions.flatMap(\.spellings))
            }
        }
        try takeVariables()
        try takeArguments(positional, rest: rest)
    }

    private mutating func take(_ option: OptionDeclaration, _ text: String?) throws(UsageError) {
        let key = option.spelling
        given.append(option)
        guard values[key] == nil || option.isRepeated else {
            throw UsageError("option '\(key)' is given twice")
        }
        guard let value = option.value, let text else {
            values[key] = [true]
            return
        }
        values[key, default: []].append(try convert(text, value, "for '\(key)'"))
    }

    private mutating func takeVariables() throws(UsageError) {
        for option in command.options where values[option.spelling] == nil {
            guard let value = option.value, let variable = option.variable,
                let text = environment[variable], !text.isEmpty
            else { continue }
            values[option.spelling] = [try convert(text, value, "in the variable \(variable)")]
        }
    }

    private mutating func takeArguments(_ positional: [String], rest: [String]) throws(UsageError) {
        var positional = positional[...]
        for argument in command.arguments {
            let count =
                switch argument.arity {
                case .one, .optional: min(1, positional.count)
                case .repeated: positional.count
                case .rest: 0
                }
            let texts = argument.arity == .rest ? rest[...] : positional.prefix(count)
            positional = positional.dropFirst(count)
            if argument.isRequired, texts.isEmpty {
                throw missing(argument, hasRest: !rest.isEmpty)
            }
            var converted: [any Sendable] = []
            for text in texts {
                converted.append(try convert(text, argument.value, "for \(argument.placeholder)"))
            }
            values[argument.placeholder] = converted
        }
        if let text = positional.first {
            throw UsageError("surplus argument \(quoted(text))")
        }
    }

    private func convert(
        _ text: String, _ value: ValueDeclaration, _ place: String
    ) throws(UsageError) -> any Sendable {
        do {
            return try value.convert(text)
        } catch {
            throw UsageError("invalid value \(quoted(text)) \(place): \(error.reason)")
        }
    }

    private func missing(_ argument: ArgumentDeclaration, hasRest: Bool) -> UsageError {
        let place = argument.arity == .rest ? " after '--'" : hasRest ? " before '--'" : ""
        return UsageError("missing argument \(argument.placeholder)\(place)")
    }

    private func missingValue(_ option: OptionDeclaration, next: String?) -> UsageError {
        let missing = "missing value for '\(option.spellingWithValue)'"
        guard let next, next != "--" else { return UsageError(missing) }
        return UsageError(
            "\(missing): \(quoted(next)) looks like an option "
                + "(if it is the value, type '\(option.spelling)=\(escaped(next))')")
    }
}

func surplusValue(_ option: OptionDeclaration, _ text: String) -> UsageError {
    UsageError("option '\(option.spelling)' takes no value, got \(quoted(text))")
}
