import Glibc

/// The control group of a container (cgroups(7)), as far as it tells what the container uses.
public struct ControlGroup: Equatable, Sendable {
    /// What has been used.
    public struct Usage: Equatable, Sendable {
        /// Processor time of all its processes since it was made, in nanoseconds.
        public var processorTime: UInt64
        /// Bytes of memory now, without the part of the page cache that can go at any time: as `docker stats` counts.
        public var memory: UInt64

        /// What has been used.
        public init(processorTime: UInt64, memory: UInt64) {
            self.processorTime = processorTime
            self.memory = memory
        }
    }

    private let memory: String
    private let processor: String
    private let isUnified: Bool

    /// The group that a process is in, if its name has `mark` in it: a container's id, so that another process that got
    /// the number later is not taken for it. Nil also where the group cannot be seen from here.
    ///
    /// - Parameters:
    ///   - processes: where proc(5) is.
    ///   - root: where the hierarchies are mounted.
    public init?(of pid: Int32, naming mark: String, processes: String = "/proc", root: String = "/sys/fs/cgroup") {
        guard !mark.isEmpty, let bytes = try? Files.read("\(processes)/\(pid)/cgroup", limit: 65536) else { return nil }
        var memory: String?
        var processor: String?
        var isUnified = false
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].contains(mark) else { continue }
            let controllers = parts[1].split(separator: ",")
            let path = String(parts[2])
            if controllers.contains("memory") { memory = "\(root)/memory\(path)" }
            if controllers.contains("cpuacct") {
                processor = ["cpuacct", String(parts[1])].map { "\(root)/\($0)\(path)" }.first(where: Files.isDirectory)
            }
            // Version 2 alone has its controllers here; beside version 1 the hierarchy has none.
            if parts[1].isEmpty, memory == nil, Files.exists("\(root)\(path)/cpu.stat") {
                (memory, processor, isUnified) = ("\(root)\(path)", "\(root)\(path)", true)
            }
        }
        guard let memory, let processor else { return nil }
        (self.memory, self.processor, self.isUnified) = (memory, processor, isUnified)
    }

    /// What the group uses; nil where it is gone.
    public var usage: Usage? {
        guard let used = Self.number(in: "\(memory)/\(isUnified ? "memory.current" : "memory.usage_in_bytes")") else {
            return nil
        }
        let cache = Self.field(isUnified ? "inactive_file" : "total_inactive_file", of: "\(memory)/memory.stat") ?? 0
        let time =
            isUnified
            ? Self.field("usage_usec", of: "\(processor)/cpu.stat").map { $0 &* 1000 }
            : Self.number(in: "\(processor)/cpuacct.usage")
        guard let time else { return nil }
        return Usage(processorTime: time, memory: used > cache ? used - cache : 0)
    }

    private static func number(in file: String) -> UInt64? {
        (try? Files.read(file, limit: 4096)).flatMap {
            UInt64(String(decoding: $0, as: UTF8.self).prefix { $0 != "\n" })
        }
    }

    private static func field(_ name: String, of file: String) -> UInt64? {
        guard let bytes = try? Files.read(file, limit: 65536) else { return nil }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            if words.count == 2, words[0].elementsEqual(name.utf8) {
                return UInt64(String(decoding: words[1], as: UTF8.self))
            }
        }
        return nil
    }
}
