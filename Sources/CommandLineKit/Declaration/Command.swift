/// One command: what it is called, what it takes, what it does. The one place from which the parser, `--help`, the
/// reference, the man page and the completions are made.
public struct Command: Sendable {
    /// Does the command's work. What it throws is reported on the error output, see `ReportableError`.
    public typealias Handler = @Sendable (Invocation) async throws -> ExitCode

    enum Body: Sendable {
        case handler(Handler)
        case subcommands([Command])
    }

    let name: String
    let summary: String
    let discussion: String
    let options: [OptionDeclaration]
    let arguments: [ArgumentDeclaration]
    let examples: [Example]
    let isHidden: Bool
    let body: Body

    /// A command that does something.
    ///
    /// `summary` is one line without a full stop. `discussion` is prose: paragraphs are parted by an empty line and
    /// wrapped, a paragraph whose lines are indented stays as it is. Arguments come in the order required, optional,
    /// repeated, rest. Rare options are like others, but `--help` leaves them to the full help (`task help run --all`).
    /// A hidden command works but stands in no help, reference or completion.
    public init(
        _ name: String, summary: String, discussion: String = "", options: [any CommandOption] = [],
        rareOptions: [any CommandOption] = [], arguments: [any CommandArgument] = [], examples: [Example] = [],
        isHidden: Bool = false,
        handler: @escaping Handler
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options =
            options.map(\.declaration)
            + rareOptions.map { option in
                var declaration = option.declaration
                declaration.isRare = true
                return declaration
            }
        self.arguments = arguments.map(\.declaration)
        self.examples = examples
        self.isHidden = isHidden
        body = .handler(handler)
    }

    /// A noun with commands of its own: `image build`, `image list`.
    public init(
        _ name: String, summary: String, discussion: String = "", examples: [Example] = [], isHidden: Bool = false,
        subcommands: [Command]
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.examples = examples
        self.isHidden = isHidden
        options = []
        arguments = []
        body = .subcommands(subcommands)
    }

    /// Absent for a command that does something itself.
    var subcommands: [Command]? {
        if case .subcommands(let commands) = body { commands } else { nil }
    }

    /// The command's own options, hidden ones left out.
    var listedOptions: [OptionDeclaration] { options.filter { !$0.isHidden } }

    /// Those, and what every command understands.
    var visibleOptions: [OptionDeclaration] { listedOptions + common }

    /// What every command understands, but for what this one declares itself.
    var common: [OptionDeclaration] { OptionDeclaration.common(beside: options) }
}

/// A command line that can be copied, and what it does.
public struct Example: Sendable {
    let line: String
    let explanation: String

    /// `line` as it is typed, the program's name included; `explanation` without a full stop.
    public init(_ line: String, _ explanation: String) {
        self.line = line
        self.explanation = explanation
    }
}

/// A heading in the list of commands.
public struct Section: Sendable {
    let title: String
    let commands: [Command]

    /// The commands stand in help in the order given.
    public init(_ title: String, _ commands: [Command]) {
        self.title = title
        self.commands = commands
    }
}
