/// An error that was written for the user to read.
public protocol ReportableError: Error {
    /// What failed, the object and its value, and the next command to type. Lower case, no full stop.
    var message: String { get }

    /// How the program ends on it: `ExitCode.failure` unless said otherwise.
    var exitCode: ExitCode { get }
}

extension ReportableError {
    /// The thing asked for failed.
    public var exitCode: ExitCode { .failure }
}

/// The command line is wrong: exit code 2. A handler throws it for what no single option can tell, e.g. two options
/// that exclude each other; where help is to be found is added to the text.
public struct UsageError: ReportableError, Equatable {
    /// What is wrong with the command line.
    public let message: String

    /// What is wrong, without where help is to be found.
    public init(_ message: String) { self.message = message }

    /// The command line is wrong.
    public var exitCode: ExitCode { .usage }
}
