import Glibc

/// What a process can be recognised by, also after its number was given to another: its id, when it started, and in
/// which boot of the machine.
public struct ProcessIdentity: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// Process id.
    public let pid: Int32
    /// Start time in clock ticks since boot (proc(5), field 22 of `stat`).
    public let startTime: UInt64
    /// The boot's random id (/proc/sys/kernel/random/boot_id).
    public let boot: String

    /// This process.
    public static let current = ProcessIdentity(
        pid: getpid(), startTime: RunningProcess(getpid())?.startTime ?? 0, boot: bootID)

    /// A process that runs.
    public init(_ process: RunningProcess) {
        self.init(pid: process.pid, startTime: process.startTime, boot: Self.bootID)
    }

    private init(pid: Int32, startTime: UInt64, boot: String) {
        self.pid = pid
        self.startTime = startTime
        self.boot = boot
    }

    /// What `description` was made from; nil for any other text.
    public init?(_ description: some StringProtocol) {
        let parts = description.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, let pid = Int32(parts[0]), pid > 0, let startTime = UInt64(parts[1]) else { return nil }
        self.init(pid: pid, startTime: startTime, boot: String(parts[2]))
    }

    /// Pid, start time and boot, with spaces between.
    public var description: String { "\(pid) \(startTime) \(boot)" }

    /// The process, while it runs.
    public var process: RunningProcess? {
        guard boot == Self.bootID, let process = RunningProcess(pid), process.startTime == startTime else { return nil }
        return process
    }

    private static let bootID: String = {
        let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id", limit: 64)) ?? []
        return String(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
    }()
}

/// The size of this machine.
public enum Machine {
    /// Processors that may be used (sched_getaffinity(2) by way of sysconf(3)).
    public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    /// Physical memory in bytes.
    public static var memory: UInt64 {
        UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }
    /// Memory that programs can still have without swapping, in bytes (`MemAvailable` of proc_meminfo(5)); 0 where the
    /// kernel does not say.
    public static var availableMemory: UInt64 {
        let text = String(decoding: (try? Files.read("/proc/meminfo", limit: 64 << 10)) ?? [], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }.map { $0 << 10 } ?? 0
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

    /// Whether programs in a path's file system may be run: it is not mounted `noexec` (statvfs(3)).
    public static func allowsPrograms(at path: String) -> Bool {
        var status = statvfs()
        let noExecution: UInt = 8
        return statvfs(path, &status) == 0 && status.f_flag & noExecution == 0
    }
}
