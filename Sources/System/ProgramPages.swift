import Glibc

/// The memory that holds this program's own code.
public enum ProgramPages {
    /// Gives back the pages of code that were needed once, at the start (madvise(2), MADV_DONTNEED). The kernel brings
    /// those that are needed again from the file. Only executable pages, which are never written to, are meant:
    /// read-only data may have been changed by the dynamic linker.
    public static func release() {
        guard let maps = try? Files.read("/proc/self/maps", limit: 1 << 20),
            let program = try? Files.ownProgram()
        else { return }
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") where line.hasSuffix(program) {
            let fields = line.split(separator: " ", maxSplits: 2)
            let range = fields[0].split(separator: "-").compactMap { UInt(bitPattern: Int($0, radix: 16) ?? 0) }
            guard fields.count > 1, fields[1] == "r-xp", range.count == 2, range[0] < range[1] else { continue }
            madvise(UnsafeMutableRawPointer(bitPattern: range[0]), Int(range[1] - range[0]), MADV_DONTNEED)
        }
    }
}
