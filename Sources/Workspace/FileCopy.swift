import Glibc
import System

/// Copies of single files, links and directories, with permissions and times.
enum FileCopy {
    /// The kind of what is at a path (`S_IFREG`, `S_IFDIR`, …), a link not followed; nil where nothing is.
    static func kind(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Copies one entry, a directory without what is in it, a link as a link. A file or link in its place is replaced.
    static func copy(_ path: String, to target: String) throws(SystemError) {
        var status = stat()
        if lstat(path, &status) != 0 { throw SystemError("read", path) }
        let permissions = status.st_mode & 0o777
        if status.st_mode & S_IFMT == S_IFDIR {
            if kind(of: target) == S_IFDIR { return }
            // The user can always fill and remove what was copied.
            try Files.makeDirectory(target, mode: permissions | 0o700)
            return
        }
        try Files.remove(target)
        if status.st_mode & S_IFMT == S_IFLNK {
            if symlink(try destination(of: path), target) != 0 { throw SystemError("make the link", target) }
            return
        }
        let source = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        let copy = try Descriptor.open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: permissions)
        while true {
            let chunk = try source.read(atMost: 1 << 20)
            if chunk.isEmpty { break }
            try copy.write(chunk)
        }
        let times = [status.st_atim, status.st_mtim]
        if fchmod(copy.number, permissions) != 0 || futimens(copy.number, times) != 0 {
            throw SystemError("set the permissions of", target)
        }
    }

    /// Where a link leads (readlink(2)).
    static func destination(of link: String) throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(link, &buffer, buffer.count)
        if length < 0 { throw SystemError("read the link", link) }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
