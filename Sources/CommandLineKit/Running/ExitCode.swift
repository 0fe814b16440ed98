/// How a process ends: the status that its parent sees.
public struct ExitCode: Hashable, Sendable {
    /// What the parent process sees, of which a shell shows the lowest eight bits.
    public let rawValue: Int32

    /// Any status, for example that of another process.
    public init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// 0: done.
    public static let success = ExitCode(0)
    /// 1: the thing asked for failed.
    public static let failure = ExitCode(1)
    /// 2: the command line is wrong; nothing was done.
    public static let usage = ExitCode(2)
}
