import Glibc
import JSONText
import NetworkPolicy
import System

/// Reading a file that a person wrote.
enum SettingsFile {
    /// The content of a regular file, or of one that a link leads to, of at most 1 MiB.
    static func read(_ path: String) throws(PolicyError) -> [UInt8] {
        do throws(SystemError) {
            // Without waiting: a FIFO at the path must not stop the program before it is seen to be none.
            let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
            var status = stat()
            guard fstat(file.number, &status) == 0 else { throw SystemError("read", path) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw SystemError("read", path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
            }
            return try Files.read(file, path, limit: JSONValue.sizeLimit)
        } catch {
            throw PolicyError(error.description)
        }
    }

    /// Whether something is at a path. Not to be allowed to look is an error: what is hidden must not count as absent.
    static func exists(_ path: String) throws(PolicyError) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return true }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return false }
        throw PolicyError(SystemError("find", path, code: code).description)
    }

    /// The files of a folder; none where there is no folder.
    static func paths(in folder: String) throws(PolicyError) -> [String] {
        guard try exists(folder) else { return [] }
        do throws(SystemError) {
            return try Files.list(folder).map { "\(folder)/\($0)" }
        } catch {
            throw PolicyError(error.description)
        }
    }

    /// The lines of a text file; nil where there is none.
    static func lines(_ path: String) throws(PolicyError) -> [String]? {
        guard path != "/dev/null", try exists(path) else { return nil }
        return String(decoding: try read(path), as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        ).map(String.init)
    }
}
