import CLinux
import Glibc

/// What a finished program printed and how it ended.
public struct RunResult: Sendable {
    /// How it ended.
    public let status: ExitStatus
    /// Its standard output, at most as long as was allowed.
    public let output: [UInt8]
    /// The first 64 KiB of its standard error.
    public let errors: [UInt8]

    /// True for exit code 0.
    public var succeeded: Bool { status == .code(0) }
    /// The output as text; bytes that are not UTF-8 are replaced.
    public var outputText: String { String(decoding: output, as: UTF8.self) }
    /// The errors as text; bytes that are not UTF-8 are replaced.
    public var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// Why a program's run was cut short; it was killed, with its process group.
public enum RunError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call failed, for instance because there is no such program.
    case system(SystemError)
    /// It did not end within this many seconds.
    case timedOut(program: String, seconds: Int)
    /// It printed more than this many bytes.
    case tooMuchOutput(program: String, limit: Int)
    /// The surrounding Swift task was cancelled.
    case cancelled(program: String)

    /// One line.
    public var description: String {
        switch self {
        case .system(let error): error.description
        case .timedOut(let program, let seconds): "\(PlainText.line(program)) did not end within \(seconds) s"
        case .tooMuchOutput(let program, let limit): "\(PlainText.line(program)) printed more than \(limit) bytes"
        case .cancelled(let program): "\(PlainText.line(program)) was interrupted"
        }
    }
}

extension Subprocess {
    /// Runs the program to its end and collects what it prints. The thread of the caller is not blocked. Cancelling
    /// the Swift task kills the program.
    ///
    /// - Parameters:
    ///   - input: what it reads on its standard input.
    ///   - limit: how many bytes of output it may print.
    ///   - seconds: how long it may take.
    /// - Throws: `RunError`; a program that ends with another code than 0 is not an error here.
    public func run(input: Stream = .null, limit: Int = 16 << 20, seconds: Int = 600) async throws(RunError)
        -> RunResult
    {
        let cancellation: Descriptor
        do throws(SystemError) {
            cancellation = Descriptor(
                owning: try check("make", "an event descriptor") { eventfd(0, Int32(EFD_CLOEXEC)) })
        } catch {
            throw .system(error)
        }
        let result: Result<RunResult, RunError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A thread of its own: a queue starts only as many at a time as there are processors.
                do throws(SystemError) {
                    try WorkerThread(stack: 512 << 10) {
                        continuation.resume(
                            returning: Result { () throws(RunError) in
                                try self.capture(
                                    input: input, limit: limit, seconds: seconds, cancellation: cancellation)
                            })
                    }.letGo()
                } catch {
                    continuation.resume(returning: .failure(.system(error)))
                }
            }
        } onCancel: {
            try? cancellation.write([1, 0, 0, 0, 0, 0, 0, 0])
        }
        return try result.get()
    }

    /// Runs the program to its end on the thread of the caller.
    public func runBlocking(input: Stream = .null, limit: Int = 16 << 20, seconds: Int = 600) throws(RunError)
        -> RunResult
    {
        try capture(input: input, limit: limit, seconds: seconds, cancellation: nil)
    }

    private func capture(
        input: Stream, limit: Int, seconds: Int, cancellation: Descriptor?
    ) throws(RunError) -> RunResult {
        var capture: Capture
        do throws(SystemError) {
            capture = try Capture(program: self, input: input, limit: limit)
        } catch {
            throw .system(error)
        }
        return try capture.finish(seconds: seconds, cancellation: cancellation)
    }
}

/// One run in progress: both pipes and the process are watched together, so that none can block the others.
private struct Capture {
    let child: ChildProcess
    let exit: Descriptor
    let name: String
    let limit: Int
    var pipes: [Descriptor?]
    var collected: [[UInt8]] = [[], []]

    init(program: Subprocess, input: Stream, limit: Int) throws(SystemError) {
        let output = try Descriptor.pipe()
        let errors = try Descriptor.pipe()
        child = try ChildProcess(
            program, input: input, output: .descriptor(output.write), errors: .descriptor(errors.write),
            ownSession: true)
        do throws(SystemError) {
            let pid = child.pid
            exit = Descriptor(owning: try check("watch", program.executable) { task_pidfd_open(pid) })
        } catch {
            child.signal(SIGKILL, group: true)
            _ = child.wait()
            throw error
        }
        name = program.executable
        self.limit = limit
        pipes = [output.read, errors.read]
    }

    mutating func finish(seconds: Int, cancellation: Descriptor?) throws(RunError) -> RunResult {
        let deadline = Monotonic.now + .seconds(seconds)
        do throws(RunError) {
            while !(try turn(until: deadline, seconds: seconds, cancellation: cancellation)) {}
        } catch {
            child.signal(SIGKILL, group: true)
            _ = child.wait()
            throw error
        }
        return RunResult(status: child.wait(), output: collected[0], errors: collected[1])
    }

    /// Waits for one thing to happen; true when the process has ended and what it had printed is read. A grandchild
    /// that keeps a pipe open does not hold up the end.
    private mutating func turn(until deadline: Monotonic, seconds: Int, cancellation: Descriptor?) throws(RunError)
        -> Bool
    {
        let watched = [exit.number, cancellation?.number ?? -1, pipes[0]?.number ?? -1, pipes[1]?.number ?? -1]
        var entries = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let left = deadline.milliseconds(from: Monotonic.now)
        if left <= 0 { throw .timedOut(program: name, seconds: seconds) }
        if poll(&entries, UInt(entries.count), Int32(clamping: left)) <= 0 { return false }
        if entries[1].revents != 0 { throw .cancelled(program: name) }
        for index in 0...1 where entries[index + 2].revents != 0 {
            try read(index)
        }
        guard entries[0].revents != 0 else { return false }
        return entries[2].revents == 0 && entries[3].revents == 0
    }

    private mutating func read(_ index: Int) throws(RunError) {
        guard let pipe = pipes[index] else { return }
        let bytes = (try? pipe.read(atMost: 65536)) ?? []
        if bytes.isEmpty { pipes[index] = nil }
        if index == 1 {
            collected[1] += bytes.prefix(max(0, 65536 - collected[1].count))
        } else {
            collected[0] += bytes
            if collected[0].count > limit { throw .tooMuchOutput(program: name, limit: limit) }
        }
    }
}
