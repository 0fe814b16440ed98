import CLinux
import Glibc

/// Whole trees that an agent may have filled: walked by descriptor, never following a link, without recursion. Names
/// are kept as the bytes that they are, since they need not be UTF-8.
public enum FileTree {
    /// Directories nested deeper than this are moved up before they are removed, so that no tree is deep enough to
    /// use up the descriptors.
    private static let deepest = 128

    /// Removes a directory and all below it. Directories whose mode forbids it are opened up first.
    public static func remove(_ path: String) throws(SystemError) {
        if !Files.exists(path) { return }
        var levels = [try open(AT_FDCWD, Array(path.utf8CString), force: true)]
        while var level = levels.popLast() {
            guard let name = level.pending.popLast() else {
                try removeEntry(levels.last?.handle.number ?? AT_FDCWD, level.name, AT_REMOVEDIR)
                continue
            }
            let directory = level.handle.number
            levels.append(level)
            if !isDirectory(directory, name) {
                try removeEntry(directory, name, 0)
            } else if levels.count < deepest {
                levels.append(try open(directory, name, force: true))
            } else {
                // A name that is not there yet, whatever the tree was made to hold.
                let shallow = Array(".task-removing-\(UInt64.random(in: .min ... .max))".utf8CString)
                makeAccessible(directory, name)
                try check("move", text(name)) { renameat(directory, name, levels[0].handle.number, shallow) }
                levels[0].pending.append(shallow)
            }
        }
    }

    /// Gives a directory and all below it to a user and group (fchownat(2)); only root can.
    public static func changeOwner(_ path: String, user: UInt32, group: UInt32) throws(SystemError) {
        try check("change the owner of", path) { lchown(path, user, group) }
        var levels = [try open(AT_FDCWD, Array(path.utf8CString), force: false)]
        while var level = levels.popLast() {
            guard let name = level.pending.popLast() else { continue }
            let directory = level.handle.number
            levels.append(level)
            try check("change the owner of", text(name)) { fchownat(directory, name, user, group, AT_SYMLINK_NOFOLLOW) }
            if isDirectory(directory, name) { levels.append(try open(directory, name, force: false)) }
        }
    }

    /// A file name as the kernel has it, with its closing zero.
    private typealias Name = [CChar]

    /// One directory on the way: its descriptor, its name in the one above, and what is still to be visited.
    private struct Level {
        let handle: Descriptor
        let name: Name
        var pending: [Name]
    }

    private static func text(_ name: Name) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func removeEntry(_ directory: Int32, _ name: Name, _ flags: Int32) throws(SystemError) {
        try check("remove", text(name)) { unlinkat(directory, name, flags) }
    }

    private static func isDirectory(_ directory: Int32, _ name: Name) -> Bool {
        var status = stat()
        return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Gives the owner every right, through a descriptor, so that a link put there meanwhile changes nothing elsewhere.
    private static func makeAccessible(_ directory: Int32, _ name: Name) {
        let place = openat(directory, name, Int32(TASK_O_PATH) | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if place != -1 {
            _ = chmod("/proc/self/fd/\(place)", 0o700)
            close(place)
        }
    }

    private static func open(_ directory: Int32, _ name: Name, force: Bool) throws(SystemError) -> Level {
        if force { makeAccessible(directory, name) }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let handle = Descriptor(owning: try check("open", text(name)) { openat(directory, name, flags) })
        return Level(handle: handle, name: name, pending: try list(handle, text(name)))
    }

    private static func list(_ directory: Descriptor, _ name: String) throws(SystemError) -> [Name] {
        let copy = try check("list", name) { fcntl(directory.number, F_DUPFD_CLOEXEC, 0) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw SystemError("list", name)
        }
        defer { closedir(stream) }
        var names: [Name] = []
        while let entry = readdir(stream) {
            let entryName = withUnsafeBytes(of: &entry.pointee.d_name) {
                $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            if ![[46, 0], [46, 46, 0]].contains(entryName) { names.append(entryName) }
        }
        return names
    }
}
