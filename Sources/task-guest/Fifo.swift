import CLinux
import Glibc

/// The reading end of a FIFO that others may write to.
struct Fifo {
    let path: String
    private(set) var descriptor: Int32

    enum Content {
        case bytes(Int)
        /// Somebody has it open for writing, but nothing is there.
        case nothing
        /// Nobody has it open for writing.
        case ended
    }

    init(_ path: String) throws(GuestError) {
        self.path = path
        descriptor = try Self.open(path)
    }

    /// Asks for as large a buffer as the kernel grants without a capability, pipe(7).
    func enlarge() {
        _ = task_set_pipe_size(descriptor, 1 << 20)
    }

    mutating func read(into buffer: inout [UInt8]) -> Content {
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count > 0 { return .bytes(count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return .nothing }
            reopen()
            return .ended
        }
    }

    /// After its last writer is gone, poll(2) reports a hang-up on this descriptor without end; on a new one it does so
    /// only after another writer has come and gone. The old one stays open until then, which keeps what is buffered.
    private mutating func reopen() {
        guard let fresh = try? Self.open(path) else { return }
        close(descriptor)
        descriptor = fresh
    }

    private static func open(_ path: String) throws(GuestError) -> Int32 {
        let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open \(path)") }
        return descriptor
    }
}
