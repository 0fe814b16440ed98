import CLinux
import Glibc

/// What to run: a program and its arguments, never a shell line.
public struct Subprocess: Sendable {
    /// A path, or a name to look for in `PATH`.
    public var executable: String
    /// Arguments after the name.
    public var arguments: [String]
    /// The whole environment; nil passes on this process's own.
    public var environment: [String: String]?
    /// The working directory; nil keeps this process's own.
    public var directory: String?

    /// A program with its arguments.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil, directory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }
}

/// How a process ended (wait(2)).
public enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
    /// It exited with this code.
    case code(Int32)
    /// This signal ended it.
    case signal(Int32)

    init(waitStatus: Int32) {
        self = task_exited(waitStatus) != 0 ? .code(task_exit_code(waitStatus)) : .signal(task_exit_signal(waitStatus))
    }

    /// "exit code 3" or "signal 9".
    public var description: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let number): "signal \(number)"
        }
    }
}

/// Where a child's standard stream leads.
public enum Stream: Sendable {
    /// /dev/null.
    case null
    /// The same as this process's.
    case inherit
    /// This descriptor.
    case descriptor(Descriptor)
}

/// A process that was started and not yet waited for (posix_spawn(3)). It has its three standard streams and no other
/// descriptor, whatever this process was given by whoever started it.
public final class ChildProcess: Sendable {
    /// Its process id, its own until it is waited for.
    public let pid: Int32
    /// Starts a program. `ownSession` gives it a terminal session and process group of its own (setsid(2)).
    public init(
        _ program: Subprocess, input: Stream = .null, output: Stream = .null, errors: Stream = .null,
        ownSession: Bool = false
    ) throws(SystemError) {
        pid = try Spawn.start(program, streams: [input, output, errors], ownSession: ownSession)
    }

    /// Waits for the end. Blocks the thread; call it once.
    public func wait() -> ExitStatus {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1 {
            if errno != EINTR { return .code(127) }
        }
        return ExitStatus(waitStatus: status)
    }

    /// Sends a signal, to the whole process group where the child leads one.
    public func signal(_ number: Int32, group: Bool = false) {
        _ = kill(group ? -pid : pid, number)
    }
}

/// posix_spawn(3) with its attribute and file-action objects.
enum Spawn {
    static func start(_ program: Subprocess, streams: [Stream], ownSession: Bool) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            switch stream {
            case .null: posix_spawn_file_actions_addopen(&actions, Int32(number), "/dev/null", O_RDWR, 0)
            case .inherit: break
            case .descriptor(let descriptor):
                posix_spawn_file_actions_adddup2(&actions, descriptor.number, Int32(number))
            }
        }
        // Not all that is open here was opened here: editors, terminals and build tools pass theirs on.
        task_spawn_close_from(&actions, Int32(streams.count))
        if let directory = program.directory {
            task_spawn_change_directory(&actions, directory)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        configure(&attributes, ownSession: ownSession)

        var pid: pid_t = 0
        let code = withCStrings([program.executable] + program.arguments) { arguments in
            guard let environment = program.environment else {
                return posix_spawnp(&pid, program.executable, &actions, &attributes, arguments, environ)
            }
            return withCStrings(environment.map { "\($0.key)=\($0.value)" }.sorted()) { environment in
                posix_spawnp(&pid, program.executable, &actions, &attributes, arguments, environment)
            }
        }
        if code != 0 { throw SystemError("run", program.executable, code: code) }
        return pid
    }

    /// The child starts with no blocked signal and default dispositions, whatever this process has.
    private static func configure(_ attributes: inout posix_spawnattr_t, ownSession: Bool) {
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if ownSession { flags |= Int32(TASK_SPAWN_SETSID) }
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
