import Foundation

/// `task list` and `task` by itself with a hundred tasks, and the start of the program alone.
struct CommandCases {
    let bench: Bench

    func run() throws -> [Row] {
        try makeTasks(100)
        let commands = bench.commands
        let list = try Pairs(
            bench.count * 2, ours: { _ in try commands.time([bench.program, "list", "--all"]) },
            theirs: { _ in try commands.time([bench.engine, "ps"]) })
        let overview = try Pairs(
            bench.count * 2, ours: { _ in try commands.time([bench.program]) },
            theirs: { _ in try commands.time(["sh", "-c", "git status && exec \(bench.engine) info"]) })
        let version = try Pairs(
            bench.count * 2, ours: { _ in try commands.time([bench.program, "--version"]) },
            theirs: { _ in try commands.time([bench.engine, "--version"]) })
        bench.clean100()
        return [
            Row("list of 100", bench.engine, list, budget: 1.5),
            Row("task by itself", bench.engine, overview, budget: 2.0),
            Row("version", bench.engine, version, budget: 1.0),
        ]
    }

    /// One real task that has ended, and copies of what is kept about it under other names.
    private func makeTasks(_ count: Int) throws {
        let name = try bench.start("list", ["true"], wait: true)
        let source = bench.directory(name)
        for number in 1..<count {
            let copy = "\(name)-\(number)"
            try FileManager.default.createDirectory(
                atPath: bench.directory(copy), withIntermediateDirectories: false)
            for file in ["inputs.json", "state.json", "events.jsonl"] {
                let text = try String(contentsOfFile: "\(source)/\(file)", encoding: .utf8)
                try text.replacing(name, with: copy)
                    .write(toFile: "\(bench.directory(copy))/\(file)", atomically: false, encoding: .utf8)
            }
        }
        let names = try bench.commands.run([bench.program, "list", "--all", "--quiet"]).split(separator: "\n")
        guard names.count == count else { throw BenchmarkError("\(names.count) tasks instead of \(count)") }
    }
}

extension Bench {
    /// Removes the copies, which have nothing but files.
    fileprivate func clean100() {
        let tasks = "\(scratch)/state/task/tasks"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? [] where name.contains("-list-") {
            try? FileManager.default.removeItem(atPath: "\(tasks)/\(name)")
        }
    }
}
