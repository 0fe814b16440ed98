import CLinux
import Glibc

/// An open file descriptor, closed when nobody holds it any more. Always close-on-exec.
public final class Descriptor: Sendable {
    /// The number, valid for as long as this object lives.
    public let number: Int32

    /// Takes over a descriptor that nobody else closes.
    public init(owning number: Int32) {
        self.number = number
    }

    deinit {
        _ = close(number)
    }

    /// Opens a file (open(2)); `O_CLOEXEC` is added.
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
        Descriptor(owning: try check("open", path) { Glibc.open(path, flags | O_CLOEXEC, mode) })
    }

    /// A pipe (pipe2(2)): what is written to the second can be read from the first.
    public static func pipe() throws(SystemError) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        try check("make", "a pipe") { task_pipe(&ends, 0) }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// Keeps what this process was handed beside its standard streams from the programs it starts: a supervisor outlives
    /// the caller, and would hold the caller's pipes open.
    public static func keepInheritedFromChildren() {
        for name in (try? Files.list("/proc/self/fd")) ?? [] {
            if let number = Int32(name), number > STDERR_FILENO { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        }
    }

    /// Writes all of the bytes (write(2)).
    public func write(_ bytes: [UInt8]) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            sent += try check("write", "descriptor \(number)") {
                bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress?.advanced(by: sent), bytes.count - sent) }
            }
        }
    }

    /// Reads at most `limit` bytes (read(2)); none means the end.
    public func read(atMost limit: Int) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = try check("read", "descriptor \(number)") {
            buffer.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, limit) }
        }
        return Array(buffer.prefix(count))
    }

    /// Makes reads and writes return at once instead of waiting (O_NONBLOCK).
    public func setNonBlocking() throws(SystemError) {
        let flags = try check("get the flags of", "descriptor \(number)") { fcntl(number, F_GETFL) }
        try check("set the flags of", "descriptor \(number)") { fcntl(number, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Waits until there is something to read, or the other end is gone; false when the time is over (poll(2)).
    public func waitUntilReadable(milliseconds: Int32) throws(SystemError) -> Bool {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return try check("wait for", "descriptor \(number)") { poll(&entry, 1, milliseconds) } > 0
    }
}
