/// A program to run in a container that runs: the body of `POST /containers/{id}/exec`.
public struct ExecSpec: Sendable, Equatable {
    /// The program and its arguments.
    public var command: [String]
    /// The environment beyond the container's, each as `NAME=value`.
    public var environment: [String]?
    /// `uid`, `uid:gid` or names; the container's user where it is `nil`.
    public var user: String?
    /// The directory that the program starts in.
    public var workingDirectory: String?

    /// A program with its arguments; everything else is set afterwards.
    public init(_ command: [String]) {
        self.command = command
    }
}

/// `ExecSpec` as it goes on the wire; what is attached follows from how it is run.
struct ExecBody: Encodable {
    let spec: ExecSpec
    let isAttached: Bool
    let tty: Bool

    private enum CodingKeys: String, CodingKey {
        case command = "Cmd"
        case environment = "Env"
        case user = "User"
        case workingDirectory = "WorkingDir"
        case stdin = "AttachStdin"
        case stdout = "AttachStdout"
        case stderr = "AttachStderr"
        case tty = "Tty"
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(spec.command, forKey: .command)
        try values.encodeIfPresent(spec.environment, forKey: .environment)
        try values.encodeIfPresent(spec.user, forKey: .user)
        try values.encodeIfPresent(spec.workingDirectory, forKey: .workingDirectory)
        try values.encode(tty, forKey: .stdin)
        try values.encode(isAttached, forKey: .stdout)
        try values.encode(isAttached, forKey: .stderr)
        try values.encode(tty, forKey: .tty)
    }
}

/// What a program that was run to its end left.
public struct ExecResult: Sendable, Equatable {
    /// Its exit status.
    public let exitCode: Int
    /// What it wrote to standard output, up to the bound.
    public let output: [UInt8]
    /// What it wrote to standard error, up to the bound.
    public let error: [UInt8]
    /// Whether it wrote more than the bound, which was thrown away.
    public let isTruncated: Bool
}

/// A program whose output is being read.
public struct FollowedExec: Sendable {
    /// The id of the exec, for `inspectExec`.
    public let id: String
    /// What it writes, as it comes.
    public let output: ProgramOutput
}

/// The answer to `GET /exec/{id}/json`.
public struct ExecState: Decodable, Sendable, Equatable {
    /// Whether it runs.
    public let isRunning: Bool
    /// Its exit status; `nil` while it runs on Docker.
    public let exitCode: Int?
    /// Its process as the host sees it.
    public let pid: Int?

    private enum CodingKeys: String, CodingKey {
        case isRunning = "Running"
        case exitCode = "ExitCode"
        case pid = "Pid"
    }
}
