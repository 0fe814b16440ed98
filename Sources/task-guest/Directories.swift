import CLinux
import Glibc

/// Makes the agent's runtime directory and the guest's own, with the two FIFOs that the copier uses.
/// What they are made on is a fresh tmpfs: if the guest's own directory is there already, something is wrong.
func makeDirectories(_ paths: Paths, user: UInt32, group: UInt32) throws(GuestError) {
    try makeDirectory("/run/user", mode: 0o755, mayExist: true)
    let runtime = Paths.runtime(of: user)
    try makeDirectory(runtime, mode: 0o700, mayExist: false)
    guard chown(runtime, user, group) == 0 else { throw .system("give \(runtime) to \(user):\(group)") }
    try makeDirectory(Paths.directory, mode: 0o711, mayExist: false)
    for (path, mode) in [(paths.output, mode_t(0o622)), (paths.drain, 0o644)] {
        // chmod, because mkfifo(3) is subject to the umask.
        guard mkfifo(path, 0o600) == 0, chmod(path, mode) == 0 else { throw .system("make \(path)") }
    }
}

private func makeDirectory(_ path: String, mode: mode_t, mayExist: Bool) throws(GuestError) {
    if mkdir(path, 0o700) != 0 {
        var status = stat()
        guard errno == EEXIST, mayExist, lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            status.st_uid == 0
        else { throw .system("make \(path)") }
    }
    guard chmod(path, mode) == 0 else { throw .system("make \(path)") }
}
