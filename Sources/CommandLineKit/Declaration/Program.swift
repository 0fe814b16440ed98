/// A program with commands. `run` is its entry; `help`, `markdown`, `manPages` and `completionScript` describe it.
public struct Program: Sendable {
    let name: String
    let version: String
    let summary: String
    let discussion: String
    let sections: [Section]
    let examples: [Example]
    let exitStatuses: [ExitStatus]
    let completions: [String: CompletionProvider]
    /// Runs where the program is started without a word; help is shown where it is nil.
    let start: Command.Handler?

    /// `discussion` is prose as in `Command`; `completions` answers each `Completion.dynamic` by its name; `start` runs
    /// where no word was typed at all.
    public init(
        name: String, version: String, summary: String, discussion: String = "", sections: [Section],
        examples: [Example] = [], exitStatuses: [ExitStatus] = [], completions: [String: CompletionProvider] = [:],
        start: Command.Handler? = nil
    ) {
        self.name = name
        self.version = version
        self.summary = summary
        self.discussion = discussion
        self.sections = sections
        self.examples = examples
        self.exitStatuses = exitStatuses
        self.completions = completions
        self.start = start
    }

    var commands: [Command] { sections.flatMap(\.commands) }
}

/// What an exit status of the program means; reference and man page list them.
public struct ExitStatus: Sendable {
    let code: String
    let meaning: String

    /// `code` is a text, for there is `128+n`.
    public init(_ code: String, _ meaning: String) {
        self.code = code
        self.meaning = meaning
    }
}
