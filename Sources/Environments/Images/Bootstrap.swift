import Dispatch
import EngineAPI
import Glibc
import Synchronization
import System
import TaskModel

/// mmdebstrap(1) at work: its tar stream goes to the engine as it comes, its remarks to the user. The stream only ends
/// well where the program did, so that half a system never becomes an image.
final class Bootstrap: Sendable {
    private struct Failure: Error {}

    private let child: ChildProcess
    private let output: Descriptor
    private let ending: Task<ExitStatus, Never>
    private let remarks = Mutex<[String]>([])
    private let isFull = Mutex(false)

    init(_ program: Subprocess, progress: @escaping @Sendable (String) -> Void) throws(TaskError) {
        let errors: Descriptor
        do throws(SystemError) {
            let outputPipe = try Descriptor.pipe()
            let errorPipe = try Descriptor.pipe()
            child = try ChildProcess(
                program, output: .descriptor(outputPipe.write), errors: .descriptor(errorPipe.write), ownSession: true)
            output = outputPipe.read
            errors = errorPipe.read
        } catch {
            throw TaskError(
                .noSandbox, "no registry answers, and \(error)", next: "sudo apt-get install mmdebstrap")
        }
        let child = child
        ending = Task { await Self.onThread { child.wait() } }
        DispatchQueue(label: "remarks").async { [self] in listen(to: errors, progress) }
    }

    /// The tar stream.
    var upload: Upload {
        .pulling { [self] in
            let chunk = await Self.onThread { try? self.output.read(atMost: 256 << 10) }
            if let chunk, !chunk.isEmpty { return chunk }
            guard await ending.value == .code(0) else { throw Failure() }
            return nil
        }
    }

    /// Ends it where it still runs; what went wrong with it, or nil where it ended well.
    func stop() async -> String? {
        child.signal(SIGTERM, group: true)
        let status = await ending.value
        if status == .code(0) { return nil }
        let last = remarks.withLock { $0.suffix(3).joined(separator: "; ") }
        return "mmdebstrap ended with \(status): \(last)"
    }

    /// Whether it, or a program that it ran, said that no space was left.
    var hasNoRoom: Bool { isFull.withLock { $0 } }

    private func listen(to errors: Descriptor, _ progress: @Sendable (String) -> Void) {
        var pending = ""
        while let chunk = try? errors.read(atMost: 4096), !chunk.isEmpty {
            pending += String(decoding: chunk, as: UTF8.self)
            let lines = pending.split(separator: "\n", omittingEmptySubsequences: false)
            pending = String(lines.last ?? "").suffix(4096).description
            for line in lines.dropLast() {
                let text = PlainText.line(String(line), limit: 200)
                remarks.withLock { remarks in remarks = remarks.suffix(9) + [text] }
                if text.lowercased().contains("no space left") { isFull.withLock { $0 = true } }
                if text.hasPrefix("I: ") { progress(String(text.dropFirst(3))) }
            }
        }
    }

    private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }
}
