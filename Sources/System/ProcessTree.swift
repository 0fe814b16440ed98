import Glibc

/// A process of this machine and all that it has started: what they use, where no control group counts it.
public enum ProcessTree {
    private struct Entry {
        let pid: Int32
        let parent: Int32
        let ticks: UInt64
    }

    /// What the tree uses now (proc_pid_stat(5), proc_pid_statm(5)); nil where its root is gone. Memory is what no file
    /// backs; processor time is also that of children that have ended and were waited for.
    public static func usage(of root: RunningProcess) -> ControlGroup.Usage? {
        guard RunningProcess(root.pid) == root else { return nil }
        let all = ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }.compactMap(entry)
        var members: Set<Int32> = [root.pid]
        while true {
            let more = all.filter { members.contains($0.parent) && !members.contains($0.pid) }
            if more.isEmpty { break }
            members.formUnion(more.map(\.pid))
        }
        let ticks = all.filter { members.contains($0.pid) }.reduce(0) { $0 &+ $1.ticks }
        let second = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return ControlGroup.Usage(
            processorTime: ticks &* (1_000_000_000 / second), memory: members.reduce(0) { $0 &+ memory(of: $1) })
    }

    private static func entry(_ pid: Int32) -> Entry? {
        guard let bytes = try? Files.read("/proc/\(pid)/stat", limit: 4096),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = numbers(bytes[(end + 1)...])
        // The first field here is the state, the third of the file.
        guard fields.count > 14, let parent = fields[1].flatMap({ Int32(exactly: $0) }) else { return nil }
        return Entry(pid: pid, parent: parent, ticks: fields[11...14].reduce(0) { $0 &+ ($1 ?? 0) })
    }

    private static func memory(of pid: Int32) -> UInt64 {
        guard let bytes = try? Files.read("/proc/\(pid)/statm", limit: 4096), case let fields = numbers(bytes[...]),
            fields.count > 2, let resident = fields[1], let shared = fields[2], resident >= shared
        else { return 0 }
        return (resident - shared) &* UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }

    private static func numbers(_ bytes: ArraySlice<UInt8>) -> [UInt64?] {
        bytes.split(separator: UInt8(ascii: " ")).map { UInt64(String(decoding: $0, as: UTF8.self)) }
    }
}
