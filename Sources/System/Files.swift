import CLinux
import Glibc

/// Files and directories, with the care that state needs: bounded reads, no following of links where it matters,
/// and replacement that leaves either the old content or the new.
public enum Files {
    /// Reads a whole file of at most `limit` bytes.
    ///
    /// - Throws: `SystemError`, with `EFBIG` for a larger file.
    public static func read(_ path: String, limit: Int = 4 << 20) throws(SystemError) -> [UInt8] {
        try read(Descriptor.open(path, O_RDONLY), path, limit: limit)
    }

    /// Reads an open file to its end; the path is what an error names.
    ///
    /// - Throws: `SystemError`, with `EFBIG` for more than `limit` bytes.
    public static func read(_ file: Descriptor, _ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        var content: [UInt8] = []
        while true {
            let chunk = try file.read(atMost: 65536)
            if chunk.isEmpty { return content }
            content += chunk
            if content.count > limit { throw SystemError("read", path, code: EFBIG) }
        }
    }

    /// Replaces a file so that a crash at any moment leaves the old content or the new, never a mixture: a temporary
    /// file beside it, written and synchronised, renamed over it, and the directory synchronised.
    public static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let directory = parent(of: path)
        let temporary = "\(directory)/.\(name(of: path)).\(getpid()).tmp"
        do throws(SystemError) {
            unlink(temporary)
            let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
            try file.write(bytes)
            try check("synchronise", path) { fsync(file.number) }
            try check("replace", path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw SystemError("write", path, code: error.code)
        }
        try synchronise(directory)
    }

    /// Makes what was created, renamed or removed in a directory durable (fsync(2)).
    public static func synchronise(_ directory: String) throws(SystemError) {
        let handle = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY)
        try check("synchronise", directory) { fsync(handle.number) }
    }

    /// Makes a directory and the missing ones above it; the mode is for all that are new.
    public static func makeDirectory(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
        if mkdir(path, mode) == 0 || isDirectory(path) { return }
        let code = errno
        guard code == ENOENT, parent(of: path) != path else {
            throw SystemError("make the directory", path, code: code)
        }
        try makeDirectory(parent(of: path), mode: mode)
        if mkdir(path, mode) != 0, !isDirectory(path) { throw SystemError("make the directory", path) }
    }

    /// The names in a directory, without `.` and `..`, sorted.
    public static func list(_ path: String) throws(SystemError) -> [String] {
        guard let stream = opendir(path) else { throw SystemError("list", path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Moves a file or directory to a name that must not be taken yet (renameat2(2), RENAME_NOREPLACE).
    ///
    /// - Throws: `SystemError` with `EEXIST` where it is taken.
    public static func moveWithoutReplacing(_ path: String, to target: String) throws(SystemError) {
        try check("move to", target) { task_rename_no_replace(path, target) }
    }

    /// The absolute path with every symbolic link resolved (realpath(3)).
    public static func resolve(_ path: String) throws(SystemError) -> String {
        guard let resolved = realpath(path, nil) else { throw SystemError("find", path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Where this process's program is (proc_pid_exe(5)); the way there need not be open to this user. Where another
    /// program has taken the place meanwhile, it is that one's.
    public static func ownProgram() throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = try check("find", "/proc/self/exe") { readlink("/proc/self/exe", &buffer, buffer.count) }
        let path = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let replaced = " (deleted)"
        return path.hasSuffix(replaced) ? String(path.dropLast(replaced.count)) : path
    }

    /// True where something of any kind is at the path, even a link that leads nowhere.
    public static func exists(_ path: String) -> Bool { status(path) != nil }

    /// True where the path is a directory, or a link to one.
    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// True where the path is a plain file, not a link to one.
    public static func isPlainFile(_ path: String) -> Bool {
        status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
    }

    /// How many bytes a file has; nil where there is none.
    public static func size(_ path: String) -> Int? { status(path).map { Int($0.st_size) } }

    /// When a file was last written, in seconds since 1970; nil where there is none.
    public static func modificationTime(_ path: String) -> Double? {
        status(path).map { Double($0.st_mtim.tv_sec) + Double($0.st_mtim.tv_nsec) / 1e9 }
    }

    /// Sets the permissions of a file or directory, whatever the process's mask is (chmod(2)).
    public static func setMode(_ mode: UInt32, of path: String) throws(SystemError) {
        try check("set the mode of", path) { chmod(path, mode) }
    }

    /// Removes a file (unlink(2)); one that is not there is fine.
    public static func remove(_ path: String) throws(SystemError) {
        if unlink(path) != 0, errno != ENOENT { throw SystemError("remove", path) }
    }

    /// Everything before the last component.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component.
    public static func name(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        return String(path[path.index(after: slash)...])
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }
}
