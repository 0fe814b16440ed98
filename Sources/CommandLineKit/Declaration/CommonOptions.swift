/// How much a command says beside its result.
public enum Verbosity: Sendable {
    /// Errors, and warnings that matter for safety.
    case quiet
    /// That, progress and advice.
    case normal
    /// That, and each step of the work.
    case verbose
}

/// The options that every command understands, and none declares.
extension OptionDeclaration {
    static let help = Flag("help", short: "h", help: "Show this help").declaration

    static let quiet = Flag("quiet", help: "Say nothing but errors and warnings").declaration

    static let verbose = Flag("verbose", short: "v", help: "Tell each request to an engine").declaration

    /// Understood before any command.
    static let version = Flag("version", help: "Show the version").declaration

    /// Those that may also stand before a command.
    static let leading = [quiet, verbose]

    /// Those that a command with these options understands besides: an option of its own means what the command says.
    static func common(beside own: [OptionDeclaration]) -> [OptionDeclaration] {
        [help]
            + leading.filter { common in !own.contains { $0.spelling == common.spelling } }.map { common in
                var common = common
                if own.contains(where: { $0.short == common.short }) { common.short = nil }
                return common
            }
    }
}

extension Verbosity {
    /// What the common options among those that were given say.
    ///
    /// - Throws: `UsageError` where they exclude each other.
    init(_ given: [OptionDeclaration]) throws(UsageError) {
        let isQuiet = given.contains { $0.name == OptionDeclaration.quiet.name }
        let isVerbose = given.contains { $0.name == OptionDeclaration.verbose.name }
        if isQuiet, isVerbose { throw UsageError("--quiet and --verbose exclude each other") }
        self = isQuiet ? .quiet : isVerbose ? .verbose : .normal
    }
}
