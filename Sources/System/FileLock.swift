import CLinux
import Glibc

/// An exclusive lock on a file (an open file description lock, fcntl(2)): released when this object or the process
/// goes, however it goes. The file is never renamed or removed, or two processes could each hold "the" lock.
///
/// Unlike flock(2), it can be asked about without being taken for a moment, during which the one who wants it fails.
public final class FileLock: Sendable {
    private let file: Descriptor

    private init(_ file: Descriptor) {
        self.file = file
    }

    /// Takes the lock, waiting for at most the given time; nil when someone else kept it.
    public static func take(_ path: String, waitingMilliseconds: Int = 0) throws(SystemError) -> FileLock? {
        let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        let deadline = Monotonic.now + .milliseconds(waitingMilliseconds)
        while task_lock(file.number) != 0 {
            if errno != EAGAIN, errno != EACCES, errno != EINTR { throw SystemError("lock", path) }
            if Monotonic.now >= deadline { return nil }
            usleep(2000)
        }
        return FileLock(file)
    }

    /// True while some process holds the lock.
    public static func isHeld(_ path: String) -> Bool {
        guard let file = try? Descriptor.open(path, O_RDWR | O_NOFOLLOW) else { return false }
        return task_is_locked(file.number) == 1
    }
}
