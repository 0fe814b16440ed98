import Glibc
import System
import TaskModel

/// A bundle on its way in: received into a file without a name, so that nothing of it stays whatever happens.
struct BundleFile: Sendable {
    /// The open file.
    let file: Descriptor

    /// Receives a stream to its end.
    ///
    /// - Parameters:
    ///   - directory: where the file's blocks are.
    ///   - limit: how many bytes it may have.
    ///   - seconds: how long it may take.
    static func receive(
        _ stream: Descriptor, in directory: String, limit: Int, seconds: Int
    ) throws -> BundleFile {
        let path = "\(directory)/.incoming-\(getpid())-\(stream.number)"
        try Files.remove(path)
        let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
        try Files.remove(path)
        let deadline = Monotonic.now + .seconds(seconds)
        var count = 0
        while true {
            let left = deadline.milliseconds(from: Monotonic.now)
            guard left > 0, try stream.waitUntilReadable(milliseconds: Int32(clamping: left)) else {
                throw TaskError(.failed, "the sandbox did not send its work within \(seconds) s")
            }
            let chunk = try stream.read(atMost: 1 << 18)
            if chunk.isEmpty { break }
            count += chunk.count
            if count > limit { throw TaskError(.failed, "the sandbox sent more than \(limit >> 20) MiB of work") }
            try file.write(chunk)
        }
        if count == 0 { throw TaskError(.failed, "the sandbox sent no work") }
        return BundleFile(file: file)
    }

    /// Reads the header and leaves the file at the start of the pack.
    func readHeader(objectFormat: String) throws -> BundleHeader {
        try seek(to: 0)
        var start: [UInt8] = []
        while start.count < BundleHeader.longest {
            let chunk = try file.read(atMost: BundleHeader.longest - start.count)
            if chunk.isEmpty { break }
            start += chunk
        }
        let header = try BundleHeader(start, objectFormat: objectFormat)
        try seek(to: header.packOffset)
        return header
    }

    private func seek(to offset: Int) throws(SystemError) {
        if lseek(file.number, offset, SEEK_SET) < 0 { throw SystemError("read", "the bundle") }
    }
}
