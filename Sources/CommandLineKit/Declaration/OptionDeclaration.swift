/// An option that a command can list: `Flag`, `Option`, `DefaultedOption` or `RepeatedOption`.
public protocol CommandOption: Sendable {
    /// What parser, help, reference and completion know of it.
    var declaration: OptionDeclaration { get }
}

/// An option with the type of its value erased. Commands make these through `Flag`, `Option` and their kin.
public struct OptionDeclaration: Sendable {
    /// Without dashes.
    let name: String
    /// Other names that mean the same, without dashes; help tells them, completion leaves them out.
    let aliases: [String]
    var short: Character?
    /// Absent for a flag.
    let value: ValueDeclaration?
    let help: String
    let defaultText: String?
    /// The environment variable that is asked when the option is not given.
    let variable: String?
    let isRepeated: Bool
    let isHidden: Bool
    /// True where `--help` leaves it to the full help.
    var isRare = false

    init(
        name: String, aliases: [String] = [], short: Character?, value: ValueDeclaration? = nil, help: String,
        defaultText: String? = nil, variable: String? = nil, isRepeated: Bool = false, isHidden: Bool
    ) {
        self.name = name
        self.aliases = aliases
        self.short = short
        self.value = value
        self.help = help
        self.defaultText = defaultText
        self.variable = variable
        self.isRepeated = isRepeated
        self.isHidden = isHidden
    }

    /// `--name`: also the key under which the parsed values are kept.
    public var spelling: String { "--\(name)" }

    /// `--name` and the aliases: every long form that is understood.
    var spellings: [String] { [spelling] + aliases.map { "--\($0)" } }

    /// `--name NAME`.
    var spellingWithValue: String {
        if let value { "\(spelling) \(value.placeholder)" } else { spelling }
    }
}
