import Glibc
public import System
import TaskModel

/// The `git` program as this module runs it: with nothing of the caller's `GIT_*` variables, without hooks, file system
/// monitors, maintenance, lazy fetches, replaced objects, prompts or transports, in English, for a limited time.
public struct Git: Sendable {
    /// Whose configuration counts beside the repository's own (git-config(1), FILES).
    enum Configuration: Sendable {
        /// Nobody's: for the repositories that this program made.
        case none
        /// The user's and the system's: for the user's repository.
        case users
    }

    /// A repository, or a place to look for one from.
    enum Location: Sendable {
        /// A repository of this program, by its git directory.
        case own(String)
        /// The user's repository, by its common git directory.
        case users(String)
        /// A directory of the user's; git finds the repository and checks that it trusts its owner.
        case discovered(String)
    }

    private let caller: [String: String]
    private let inherited: [String: String]
    private let executable: String

    /// The program as it is found in the `PATH` of an environment.
    public init(environment: [String: String] = ProcessEnvironment.current) {
        caller = environment
        executable = Self.find(in: environment["PATH"] ?? "/usr/bin:/bin")
        inherited = environment.filter { !$0.key.hasPrefix("GIT_") && $0.key != "LANGUAGE" }
    }

    /// The first `git` in a search path; relative entries of it do not count. Where there is none, the path of one that
    /// does not exist, for the error.
    private static func find(in path: String) -> String {
        let places = path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/git" }
        return places.first { access($0, X_OK) == 0 } ?? places.last ?? "/git"
    }

    /// A call that is ready to be run.
    func program(_ arguments: [String], at location: Location, environment: [String: String] = [:]) -> Subprocess {
        var program = Subprocess(executable, Self.options)
        program.environment = inherited.merging(Self.variables) { $1 }
        switch location {
        case .own(let directory):
            program.directory = "/"
            program.environment?.merge(Self.noConfiguration) { $1 }
            program.arguments.append("--git-dir=\(directory)")
        case .users(let directory):
            program.directory = "/"
            program.arguments.append("--git-dir=\(directory)")
        case .discovered(let directory): program.arguments += ["-C", directory]
        }
        program.environment?.merge(environment) { $1 }
        program.arguments += arguments
        return program
    }

    /// A call as the user would make it in a directory, with all of the user's settings and hooks; only where the
    /// repository is does not come from the environment (`git rev-parse --local-env-vars`).
    func usersProgram(_ arguments: [String], in directory: String) -> Subprocess {
        let places: Set = [
            "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
            "GIT_IMPLICIT_WORK_TREE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE",
            "GIT_CONFIG",
        ]
        return Subprocess(
            executable, arguments, environment: caller.filter { !places.contains($0.key) }, directory: directory)
    }

    /// Runs a call to its end. A call that exits with another code than 0 is not an error here.
    func run(
        _ arguments: [String], at location: Location, environment: [String: String] = [:], input: String? = nil,
        seconds: Int = 60
    ) async throws(TaskError) -> RunResult {
        let program = program(arguments, at: location, environment: environment)
        return try await failing("run git") { () async throws in
            try await program.run(input: try Self.stream(input), seconds: seconds)
        }
    }

    /// Runs a call that has to succeed, and returns what it printed.
    ///
    /// - Parameter task: what is being done, as a verb phrase, for the error.
    func output(
        of arguments: [String], at location: Location, to task: String, environment: [String: String] = [:],
        input: String? = nil, seconds: Int = 60
    ) async throws(TaskError) -> RunResult {
        let result = try await run(
            arguments, at: location, environment: environment, input: input, seconds: seconds)
        if !result.succeeded { throw Self.failure(task, result) }
        return result
    }

    /// The error for a call that did not succeed, with what git says about it.
    static func failure(_ task: String, _ result: RunResult, next: String? = nil) -> TaskError {
        TaskError(.failed, "cannot \(task): \(explanation(result.errorText, result.status))", next: next)
    }

    /// The lines that git printed on its standard error, without its hints, made safe to print, on one line.
    static func explanation(_ errors: String, _ status: ExitStatus) -> String {
        let lines = errors.split(whereSeparator: { $0 == "\n" || $0 == "\r" })
            .filter { !$0.hasPrefix("hint:") && !$0.hasPrefix("Use '--'") && !$0.hasPrefix("'git <command>") }
        if lines.isEmpty { return "git ended with \(status)" }
        return lines.prefix(8).map { PlainText.line(String($0), limit: 400) }.joined(separator: "; ")
    }

    /// A short input as a stream that ends: what fits into a pipe needs nobody to feed it.
    static func stream(_ input: String?) throws(SystemError) -> System.Stream {
        guard let input else { return .null }
        let pipe = try Descriptor.pipe()
        try pipe.write.setNonBlocking()
        try pipe.write.write(Array(input.utf8))
        return .descriptor(pipe.read)
    }

    private static let options = [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false",
        "protocol.allow=never", "submodule.recurse=false",
    ].flatMap { ["-c", $0] }

    private static let variables = [
        "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C",
    ]

    private static let noConfiguration = [
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1",
        // Git before 2.32 knows no GIT_CONFIG_GLOBAL.
        "HOME": "/dev/null", "XDG_CONFIG_HOME": "/dev/null",
        // Without an address of its own, git asks the name service for this machine's name when a reference moves.
        "GIT_COMMITTER_NAME": "task", "GIT_COMMITTER_EMAIL": "task@localhost",
    ]
}
