import Foundation
import Glibc

/// What a supervisor has for itself alone.
struct MemoryCase {
    let bench: Bench

    func run() throws -> [Row] {
        var names = [try bench.start("memory-1", ["sleep", "600"])]
        sleep(2)
        let alone = try bench.uniqueMebibytes(of: names)
        for number in 2...5 { names.append(try bench.start("memory-\(number)", ["sleep", "600"])) }
        sleep(2)
        let together = try bench.uniqueMebibytes(of: names)
        try names.forEach(bench.remove)
        return [
            Row("memory, 1 task", bench.engine, mebibytes: median(alone), budget: 12),
            Row("memory, each of 5", bench.engine, mebibytes: median(together), budget: 12),
        ]
    }
}

extension Bench {
    /// The same for one task.
    func uniqueMebibytes(of task: String) throws -> Double { try uniqueMebibytes(of: [task])[0] }

    /// What the supervisors of some tasks have for themselves alone.
    func uniqueMebibytes(of tasks: [String]) throws -> [Double] {
        var found: [Double] = []
        for pid in try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap({ Int32($0) }) {
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { continue }
            let words = String(decoding: bytes, as: UTF8.self).split(separator: "\0").map(String.init)
            guard words.count > 1, words[1] == "supervise", let name = words.last, tasks.contains(name) else {
                continue
            }
            let summary = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
            let kibibytes = summary.split(separator: "\n").filter { $0.hasPrefix("Private_") }
                .compactMap { Double($0.split(separator: " ")[1]) }
            found.append(kibibytes.reduce(0, +) / 1024)
        }
        guard found.count == tasks.count else {
            throw BenchmarkError("\(found.count) supervisors for \(tasks.count) tasks")
        }
        return found
    }
}
