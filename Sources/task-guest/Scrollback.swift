import CLinux
import Glibc

/// The agent's terminal output, appended to a file of the host's that takes no more than a limit of disk. The oldest
/// output is given back as holes, fallocate(2): offsets never move, and the file reads as zeros there.
struct Scrollback {
    private let descriptor: Int32
    private let limit: Int64
    private let step: Int64
    private var size: Int64
    private var punched: Int64
    private var lost: Int64 = 0
    private var isFull = false

    private static let page: Int64 = 4096
    /// Limits below this count as this: it is what one read of the FIFO brings.
    static let chunk = 65_536

    /// Takes over the descriptor of a file, which may hold output already.
    init(_ descriptor: Int32, limit: UInt64) throws(GuestError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            fcntl(descriptor, F_GETFL) & O_APPEND != 0
        else { throw GuestError("the scrollback is not a regular file opened for appending") }
        self.descriptor = descriptor
        self.limit = max(Int64(clamping: min(limit, UInt64(Int64.max / 4))), Int64(Self.chunk))
        step = min(max(self.limit / 8, Int64(Self.chunk)), 1 << 20)
        size = Int64(status.st_size)
        punched = max(0, size - Int64(status.st_blocks) * 512) / Self.page * Self.page
    }

    /// Appends output. What cannot be written is dropped and counted, and the gap is marked as soon as writing works.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard !isFull else { return }
        makeRoom(for: Int64(bytes.count))
        guard !isFull else { return }
        if lost > 0 {
            guard mark("\(lost) bytes of output could not be written") else {
                lost += Int64(bytes.count)
                return
            }
            lost = 0
        }
        let written = writeAll(bytes, to: descriptor)
        size += Int64(written)
        lost += Int64(bytes.count - written)
    }

    func finish() {
        close(descriptor)
    }

    /// Keeps what is on disk within limit + step, the newest limit of it at least.
    private mutating func makeRoom(for count: Int64) {
        guard size + count - punched > limit + step else { return }
        let end = min(size, size + count - limit) / Self.page * Self.page
        while true {
            if task_punch_hole(descriptor, punched, end - punched) == 0 {
                punched = end
                return
            }
            if errno != EINTR { break }
        }
        isFull = true
        _ = mark("scrollback is full, later output is not kept")
    }

    private mutating func mark(_ text: String) -> Bool {
        let line = Array("\r\n[task: \(text)]\r\n".utf8)
        let written = line.withUnsafeBytes { writeAll($0, to: descriptor) }
        size += Int64(written)
        return written == line.count
    }
}
