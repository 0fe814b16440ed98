import GuestProtocol

extension CgroupLimits {
    /// What the container's own cgroup says, cgroups(7): version 2 in one directory, version 1 in one per controller.
    static func inForce() -> CgroupLimits {
        let root = "/sys/fs/cgroup"
        let quota = value("\(root)/cpu/cpu.cfs_quota_us")
        let period = value("\(root)/cpu/cpu.cfs_period_us")
        return CgroupLimits(
            pids: value("\(root)/pids.max") ?? value("\(root)/pids/pids.max") ?? "",
            memory: value("\(root)/memory.max") ?? value("\(root)/memory/memory.limit_in_bytes") ?? "",
            cpu: value("\(root)/cpu.max") ?? quota.flatMap { quota in period.map { "\(quota) \($0)" } } ?? "")
    }

    /// A one-line file, short and plain; nil for anything else.
    private static func value(_ path: String) -> String? {
        guard var bytes = contents(of: path, atMost: Bounds.nameLength / 2) else { return nil }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes.allSatisfy { (0x20...0x7e).contains($0) } ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
