import CLinux
import Glibc

/// A directory held by descriptor, for trees that somebody else can write: a name in it leads to what is in it, and never
/// through a link to somewhere else (openat(2) with O_NOFOLLOW).
public struct HeldDirectory: Sendable {
    private let handle: Descriptor
    private let path: String

    /// Opens a directory by its path; only the last component must not be a link.
    public init(_ path: String) throws(SystemError) {
        self.path = path
        handle = try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    private init(_ handle: Descriptor, _ path: String) {
        self.handle = handle
        self.path = path
    }

    /// A directory in it.
    public func directory(_ name: String) throws(SystemError) -> HeldDirectory {
        let place = try place(of: name)
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return HeldDirectory(
            Descriptor(owning: try check("open", place) { openat(handle.number, name, flags) }), place)
    }

    /// A directory in it, which is made where there is none: with a mode, and for a user and group where they are given.
    public func madeDirectory(
        _ name: String, mode: UInt32 = 0o755, owner: (user: UInt32, group: UInt32)? = nil
    ) throws(SystemError) -> HeldDirectory {
        let place = try place(of: name)
        let isNew = mkdirat(handle.number, name, mode) == 0
        if !isNew, errno != EEXIST { throw SystemError("make the directory", place) }
        let made = try directory(name)
        if isNew { try made.handle.set(mode: mode, owner: owner, place) }
        return made
    }

    /// Makes a file in it, which must not be there yet.
    public func makeFile(
        _ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600, owner: (user: UInt32, group: UInt32)? = nil
    ) throws(SystemError) {
        let place = try place(of: name)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = Descriptor(owning: try check("make", place) { openat(handle.number, name, flags, mode) })
        try file.write(bytes)
        try file.set(mode: mode, owner: owner, place)
    }

    /// The content of a plain file in it of at most `limit` bytes; nil where there is none, or something else by this name.
    public func readFile(_ name: String, limit: Int) -> [UInt8]? {
        guard (try? place(of: name)) != nil else { return nil }
        // Whoever opens a FIFO would wait for its writer.
        let number = openat(handle.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
            return nil
        }
        return try? file.read(atMost: limit)
    }

    /// Removes a file in it; one that is not there, or is none, is fine.
    public func removeFile(_ name: String) {
        if (try? place(of: name)) != nil { unlinkat(handle.number, name, 0) }
    }

    private func place(of name: String) throws(SystemError) -> String {
        let isName = !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0x2F || $0 == 0 }
        guard isName else { throw SystemError("use the name", name, code: EINVAL) }
        return "\(path)/\(name)"
    }
}

extension Descriptor {
    fileprivate func set(mode: UInt32, owner: (user: UInt32, group: UInt32)?, _ path: String) throws(SystemError) {
        // The process's mask has taken from it.
        try check("set the mode of", path) { fchmod(number, mode) }
        if let owner { try check("give to the agent", path) { fchown(number, owner.user, owner.group) } }
    }
}
