import CLinux
import Glibc

/// Waits for changes in a directory (inotify(7)), for those who follow files that another process writes.
public final class FileWatch: Sendable {
    private let queue: Descriptor?

    /// Watches a directory: files written to, made, or moved into it. Where the system has no watch left, waiting
    /// becomes a short sleep.
    public init(_ directory: String) {
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        let wanted = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF)
        if number >= 0, inotify_add_watch(number, directory, wanted) >= 0 {
            queue = Descriptor(owning: number)
        } else {
            if number >= 0 { close(number) }
            queue = nil
        }
    }

    /// Comes back when something has changed since the last call, or the time is over.
    public func wait(milliseconds: Int32) {
        guard let queue else { return pause(milliseconds: min(milliseconds, 200)) }
        if (try? queue.waitUntilReadable(milliseconds: milliseconds)) == true {
            _ = try? queue.read(atMost: 65536)
        }
    }
}

/// Does nothing for a while (nanosleep(2)).
public func pause(milliseconds: Int32) {
    usleep(UInt32(max(0, milliseconds)) * 1000)
}
