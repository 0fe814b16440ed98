import Dispatch
import Glibc
import Synchronization
import System
import TaskModel

/// A program whose output goes somewhere while it runs, and whose errors are listened to.
final class RunningProgram: Sendable {
    private let child: ChildProcess
    private let errors = Mutex("")
    private let finished = DispatchGroup()

    /// Starts it.
    ///
    /// - Parameters:
    ///   - ownSession: false where it may need the user's terminal.
    ///   - onErrors: told what it prints on its standard error, from a thread of its own.
    init(
        _ program: Subprocess, input: System.Stream = .null, output: Descriptor, ownSession: Bool = true,
        onErrors: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(SystemError) {
        let pipe = try Descriptor.pipe()
        child = try ChildProcess(
            program, input: input, output: .descriptor(output), errors: .descriptor(pipe.write),
            ownSession: ownSession)
        finished.enter()
        let stream = pipe.read
        DispatchQueue.global().async {
            while let bytes = try? stream.read(atMost: 4096), !bytes.isEmpty {
                let text = String(decoding: bytes, as: UTF8.self)
                self.errors.withLock { $0 = String(($0 + text).suffix(8192)) }
                onErrors(text)
            }
            self.finished.leave()
        }
    }

    /// Ends it now.
    func kill() {
        child.signal(SIGKILL)
    }

    /// Waits until it is gone. Blocks the thread; call it once.
    func wait() -> (status: ExitStatus, errors: String) {
        let status = child.wait()
        finished.wait()
        return (status, errors.withLock { $0 })
    }

    /// Waits until it is gone.
    func end(killing: Bool) async -> (status: ExitStatus, errors: String) {
        if killing { kill() }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.wait()) }
        }
    }

    /// Runs a program and hands on what it prints, piece by piece, until it ends or the pieces are too many bytes.
    /// Blocks the thread.
    ///
    /// - Throws: what `body` throws, and `TaskError` where there is more than `limit` or where the program fails.
    static func stream(
        _ program: Subprocess, limit: Int, to task: String, _ body: ([UInt8]) throws -> Void
    ) throws {
        let (running, output) = try start(program)
        var count = 0
        do {
            while true {
                let chunk = try output.read(atMost: 1 << 16)
                if chunk.isEmpty { break }
                count += chunk.count
                if count > limit { throw TaskError(.failed, "cannot \(task): it is longer than \(limit >> 20) MiB") }
                try body(chunk)
            }
        } catch {
            running.kill()
            _ = running.wait()
            throw error
        }
        let (status, errors) = running.wait()
        if status != .code(0) { throw TaskError(.failed, "cannot \(task): \(Git.explanation(errors, status))") }
    }

    /// The pipe's other end must be the program's alone, or its output would never end.
    private static func start(_ program: Subprocess) throws -> (RunningProgram, Descriptor) {
        let pipe = try Descriptor.pipe()
        return (try RunningProgram(program, output: pipe.write), pipe.read)
    }
}
