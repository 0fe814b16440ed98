import Glibc
import System

/// An open directory and the names in it, sorted by their bytes. One block of memory holds all names.
struct DirectoryListing {
    /// A name in the block, with what the directory itself says that it is (readdir(3)).
    struct Name {
        let start: Int
        let count: Int
        let type: UInt8
    }

    /// More would be no context that anyone builds.
    static let nameLimit = 1_000_000

    let handle: Descriptor
    private let block: [UInt8]
    private let names: [Name]
    private var next = 0

    /// Lists an open directory.
    init(_ handle: Descriptor, _ path: String) throws(SystemError) {
        self.handle = handle
        let copy = fcntl(handle.number, F_DUPFD_CLOEXEC, 0)
        if copy == -1 { throw SystemError("list", path) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw SystemError("list", path, code: code)
        }
        defer { closedir(stream) }
        var block: [UInt8] = []
        var names: [Name] = []
        errno = 0
        while let entry = readdir(stream) {
            withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                let count = bytes.firstIndex(of: 0) ?? bytes.count
                let isDots = bytes[0] == 46 && (count == 1 || count == 2 && bytes[1] == 46)
                if isDots { return }
                names.append(Name(start: block.count, count: count, type: entry.pointee.d_type))
                block += bytes[..<count]
                block.append(0)
            }
            if names.count > Self.nameLimit { throw SystemError("list", path, code: E2BIG) }
            errno = 0
        }
        if errno != 0 { throw SystemError("list", path) }
        block.withUnsafeBytes { bytes in
            names.sort { one, other in
                let common = min(one.count, other.count)
                guard let base = bytes.baseAddress else { return false }
                let order = memcmp(base + one.start, base + other.start, common)
                return order == 0 ? one.count < other.count : order < 0
            }
        }
        self.block = block
        self.names = names
    }

    /// The next name with its closing zero; nil after the last.
    mutating func take<Result>(_ body: (UnsafeBufferPointer<UInt8>, UInt8) throws -> Result) rethrows -> Result? {
        if next == names.count { return nil }
        let name = names[next]
        next += 1
        return try block.withUnsafeBufferPointer { block in
            try body(UnsafeBufferPointer(rebasing: block[name.start...(name.start + name.count)]), name.type)
        }
    }
}
