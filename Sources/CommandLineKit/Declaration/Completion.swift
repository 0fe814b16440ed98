/// What a shell offers for a value.
public enum Completion: Sendable, Equatable {
    /// Nothing.
    case none
    /// Paths of files and directories.
    case file
    /// Paths of directories.
    case directory
    /// These words, which help lists too.
    case choices([String])
    /// What the program's provider of this name answers at that moment, e.g. the names of tasks.
    case dynamic(String)
}

/// One thing that a shell may offer.
public struct Candidate: Sendable, Equatable {
    /// The whole word.
    public let value: String
    /// Shown beside it by shells that can; one line.
    public let description: String

    /// A candidate, described where the shell can show it.
    public init(_ value: String, _ description: String = "") {
        self.value = value
        self.description = description
    }
}

/// Answers a `Completion.dynamic`, given the environment variables.
public typealias CompletionProvider = @Sendable (_ environment: [String: String]) async -> [Candidate]
