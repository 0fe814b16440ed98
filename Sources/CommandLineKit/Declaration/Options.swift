/// An option without a value: `--detach`, `-d`. Read as a `Bool`.
public struct Flag: CommandOption {
    /// The option without its type.
    public let declaration: OptionDeclaration

    /// `name` and `aliases`, which mean the same, without dashes; a hidden flag works but stands in no help, reference or
    /// completion.
    public init(
        _ name: String, aliases: [String] = [], short: Character? = nil, help: String, isHidden: Bool = false
    ) {
        declaration = OptionDeclaration(
            name: name, aliases: aliases, short: short, help: help, isHidden: isHidden)
    }
}

/// An option with a value, given at most once: `--name NAME`, `--name=NAME`. Read as an optional value.
public struct Option<Value: OptionValue>: CommandOption {
    /// The option without its type.
    public let declaration: OptionDeclaration

    /// `value` is the placeholder in help; `variable` names the environment variable that is asked when the option is
    /// not given (an empty one counts as absent); `completion` replaces that of the type.
    public init(
        _ name: String, short: Character? = nil, value: String, help: String, variable: String? = nil,
        completion: Completion? = nil, isHidden: Bool = false
    ) {
        declaration = OptionDeclaration(
            name: name, short: short, value: ValueDeclaration(Value.self, placeholder: value, completion: completion),
            help: help, variable: variable, isHidden: isHidden)
    }
}

/// An option that has a value even when it is not given. Read as that value.
public struct DefaultedOption<Value: OptionValue>: CommandOption {
    /// The option without its type.
    public let declaration: OptionDeclaration
    let defaultValue: Value

    /// As for `Option`; help shows `default`.
    public init(
        _ name: String, short: Character? = nil, value: String, default: Value, help: String, variable: String? = nil,
        completion: Completion? = nil, isHidden: Bool = false
    ) {
        defaultValue = `default`
        declaration = OptionDeclaration(
            name: name, short: short, value: ValueDeclaration(Value.self, placeholder: value, completion: completion),
            help: help, defaultText: `default`.argument, variable: variable, isHidden: isHidden)
    }
}

/// An option with a value that may be given any number of times: `-e A=1 -e B=2`. Read as an array, in the order given.
public struct RepeatedOption<Value: OptionValue>: CommandOption {
    /// The option without its type.
    public let declaration: OptionDeclaration

    /// As for `Option`; help says that it can be repeated.
    public init(
        _ name: String, short: Character? = nil, value: String, help: String, completion: Completion? = nil,
        isHidden: Bool = false
    ) {
        declaration = OptionDeclaration(
            name: name, short: short, value: ValueDeclaration(Value.self, placeholder: value, completion: completion),
            help: help, isRepeated: true, isHidden: isHidden)
    }
}
