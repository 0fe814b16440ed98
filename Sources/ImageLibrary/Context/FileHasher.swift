import Glibc
import System

/// Reads files to their ends, through one piece of memory for all.
struct FileHasher {
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)

    /// The size and the SHA-256 of an open file.
    mutating func hash(_ file: Descriptor) throws(SystemError) -> (size: Int, digest: [UInt8]) {
        var hash = SHA256()
        var size = 0
        while true {
            let count = buffer.withUnsafeMutableBytes { read(file.number, $0.baseAddress, $0.count) }
            if count == 0 { return (size, hash.finishBytes()) }
            if count == -1 {
                if errno == EINTR { continue }
                throw SystemError("read", "")
            }
            buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += count
        }
    }
}
