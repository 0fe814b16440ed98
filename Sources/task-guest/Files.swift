import CLinux
import Glibc

/// The bytes of a small file, at most `limit` of them; nil if it cannot be read.
func contents(of path: String, atMost limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= limit {
        let count = read(descriptor, &chunk, chunk.count)
        if count == 0 { return bytes }
        if count < 0 {
            if errno == EINTR { continue }
            return nil
        }
        bytes.append(contentsOf: chunk[..<count])
    }
    return nil
}

/// Writes all of the bytes; write(2). Returns how many it managed, errno telling why not all.
func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
    var written = 0
    while written < bytes.count {
        let count = write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
        if count > 0 {
            written += count
        } else if errno != EINTR {
            break
        }
    }
    return written
}

func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { writeAll($0, to: descriptor) } == bytes.count
}

/// Descriptors 0, 1 and 2 exist whatever the engine did, so that nothing opened later becomes one of them.
func openStandardDescriptors() throws(GuestError) {
    while true {
        let descriptor = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open /dev/null") }
        if descriptor > STDERR_FILENO {
            close(descriptor)
            return
        }
        _ = fcntl(descriptor, F_SETFD, 0)
    }
}

/// Milliseconds of a clock that only goes forward.
func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
