import CLinux
import Glibc

/// Gives directories that belong to root to the agent: engines make new volumes as root. The directory itself, not what
/// is in it, and only where it is reached without a symbolic link.
///
/// It is looked for with the agent's rights to files, setfsuid(2): a home may be closed to a root without capabilities,
/// and what the agent cannot reach is none of its volumes.
func giveDirectories(_ paths: [String], user: UInt32, group: UInt32) throws(GuestError) {
    for path in paths {
        task_set_file_identity(user, group)
        let found = openDirectory(Array(path.utf8))
        let code = errno
        task_set_file_identity(0, 0)
        guard found >= 0 else { throw .system("find \(path)", code: code) }
        defer { close(found) }
        var status = stat()
        guard fstat(found, &status) == 0 else { throw .system("look at \(path)") }
        if status.st_uid != 0 { continue }
        guard fchown(found, user, group) == 0 else { throw .system("give \(path) to \(user):\(group)") }
    }
}

/// Name by name from the root, so that no part of the path can be a symbolic link.
func openDirectory(_ path: [UInt8]) -> Int32 {
    var directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    for name in path.split(separator: UInt8(ascii: "/")) {
        guard directory >= 0 else { return -1 }
        let next = openat(
            directory, name.map { CChar(bitPattern: $0) } + [0], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let code = errno
        close(directory)
        errno = code
        directory = next
    }
    return directory
}
