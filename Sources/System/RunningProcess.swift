import CLinux
import Glibc

/// A process of this machine as it was when it was looked at (proc_pid_stat(5)). One that has ended and is only still to
/// be waited for is none.
public struct RunningProcess: Hashable, Sendable {
    /// Process id.
    public let pid: Int32
    /// The process that it belongs to.
    public let parent: Int32
    /// When it started, in clock ticks since boot: together with the id it is one process only.
    public let startTime: UInt64

    /// The process of a number; nil where there is none.
    public init?(_ pid: Int32) {
        guard let bytes = try? Files.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
        // The name in parentheses may hold anything; the fields after the last `)` start with number 3.
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard fields.count > 19, !["Z", "X"].contains(fields[0]), let parent = Int32(fields[1]),
            let startTime = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.parent = parent
        self.startTime = startTime
    }

    /// Every process there is.
    public static func all() -> [RunningProcess] {
        ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }.compactMap { RunningProcess($0) }
    }

    /// Whether it was started with a variable of this value (proc_pid_environ(5)); false where it may not be looked at.
    public func hasVariable(_ name: String, _ value: String) -> Bool {
        guard let bytes = try? Files.read("/proc/\(pid)/environ", limit: 4 << 20) else { return false }
        let wanted = Array("\(name)=\(value)".utf8)
        return bytes.split(separator: 0).contains { $0.elementsEqual(wanted) }
    }

    /// Kills it, and never another that has got its number (pidfd_send_signal(2)).
    public func kill() {
        let handle = task_pidfd_open(pid)
        guard handle >= 0 else { return }
        defer { close(handle) }
        // The handle stands for whoever has the number now.
        if RunningProcess(pid)?.startTime == startTime { _ = task_pidfd_signal(handle, SIGKILL) }
    }
}
