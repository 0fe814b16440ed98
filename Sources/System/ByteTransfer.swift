import CLinux
import Glibc

/// Moves bytes between connections and pipes without waiting and without allocating.
public enum ByteTransfer {
    /// What became of an attempt. Receiving or moving zero bytes means that there will be no more.
    public enum Outcome: Equatable, Sendable {
        /// So many bytes.
        case moved(Int)
        /// Nothing yet: the source is empty, or the target full.
        case wouldWait
        /// The connection is broken (errno(3)).
        case failed(Int32)
    }

    /// Receives what is there, as much as fits (recv(2)).
    public static func receive(
        from connection: borrowing Descriptor, into buffer: UnsafeMutableRawBufferPointer
    ) -> Outcome {
        outcome { recv(connection.number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) }
    }

    /// Sends as much as there is room for (send(2)).
    public static func send(_ bytes: UnsafeRawBufferPointer, over connection: borrowing Descriptor) -> Outcome {
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        return outcome { Glibc.send(connection.number, bytes.baseAddress, bytes.count, flags) }
    }

    /// Moves bytes from or to a pipe, without copying them where the kernel can (splice(2)).
    public static func move(
        from source: borrowing Descriptor, to target: borrowing Descriptor, atMost count: Int
    ) -> Outcome {
        outcome { task_splice(source.number, target.number, count) }
    }

    /// Tells the other side that there will be no more, and goes on receiving (shutdown(2)).
    public static func endSending(over connection: borrowing Descriptor) {
        shutdown(connection.number, Int32(SHUT_WR))
    }

    /// A pipe that holds as much as asked for, or as much as the system lets it (F_SETPIPE_SZ, fcntl(2)), and never
    /// waits.
    public static func pipe(size: Int) throws(SystemError) -> (read: Descriptor, write: Descriptor) {
        let ends = try Descriptor.pipe()
        try ends.read.setNonBlocking()
        try ends.write.setNonBlocking()
        _ = task_set_pipe_size(ends.write.number, Int32(clamping: size))
        return ends
    }

    private static func outcome(_ call: () -> Int) -> Outcome {
        while true {
            let count = call()
            if count >= 0 { return .moved(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldWait
            case let code: return .failed(code)
            }
        }
    }
}
