import CLinux
import Glibc

/// What a process can be recognised by, also after its number was given to another: its id, when it started, and in
/// which boot of the machine.
public struct ProcessIdentity: Equatable, Hashable, Codable, Sendable {
    /// Process id.
    public let pid: Int32
    /// Start time in clock ticks since boot (proc(5), field 22 of `stat`).
    public let startTime: UInt64
    /// The boot's random id (/proc/sys/kernel/random/boot_id).
    public let boot: String

    /// This process.
    public static let current = ProcessIdentity(pid: getpid(), startTime: startTime(of: getpid()), boot: bootID())

    private static func bootID() -> String {
        let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id", limit: 64)) ?? []
        return String(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
    }

    private static func startTime(of pid: Int32) -> UInt64 {
        let bytes = (try? Files.read("/proc/\(pid)/stat", limit: 4096)) ?? []
        // The name in parentheses may hold spaces; the fields after the last `)` start with number 3.
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 19 ? UInt64(fields[19]) ?? 0 : 0
    }
}

/// The size of this machine.
public enum Machine {
    /// Processors that may be used (sched_getaffinity(2) by way of sysconf(3)).
    public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    /// Physical memory in bytes.
    public static var memory: UInt64 {
        UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }
    /// The kernel's release, `6.1.0-18-amd64`.
    public static var kernel: String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The bytes that this user may still write to a path's file system (statvfs(3)); nil where it cannot be asked.
    public static func room(at path: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
