import Foundation
import Glibc

/// From the command to the agent's first line.
struct StartCase {
    let bench: Bench

    func run() throws -> Row {
        let pairs = try Pairs(bench.count, ours: { try ours($0, options: []) }, theirs: theirs)
        return Row("first line", bench.engine, pairs, budget: 1.0)
    }

    func ours(_ number: Int, options: [String]) throws -> Double {
        let name = "\(bench.mark)-start-\(number)"
        let words =
            [
                bench.program, "run", "--isolated", "-d", "--name", name,
            ] + options + ["--", "sh", "-c", "echo first; sleep 60"]
        let start = ContinuousClock.now
        let child = try Child(words, environment: bench.commands.environment)
        let time = try waitForLine(in: "\(bench.directory(name))/scrollback", since: start)
        guard child.wait() == 0 else { throw BenchmarkError("'\(name)' did not start") }
        try bench.remove(name)
        return time
    }

    private func theirs(_ number: Int) throws -> Double {
        let name = "\(bench.mark)-peer-\(number)"
        let words = [
            bench.engine, "run", "-d", "--name", name, "-v", "\(bench.scratch)/peer:/peer", bench.image, "sh", "-c",
            "echo first >/peer/\(number); sleep 60",
        ]
        defer { bench.removePeer(name) }
        let start = ContinuousClock.now
        let child = try Child(words, environment: bench.commands.environment)
        let time = try waitForLine(in: "\(bench.scratch)/peer/\(number)", since: start)
        guard child.wait() == 0 else { throw BenchmarkError("'\(name)' did not start") }
        return time
    }

    /// Polls a file every 0.2 ms until it has the line.
    private func waitForLine(in path: String, since start: ContinuousClock.Instant) throws -> Double {
        var buffer = [UInt8](repeating: 0, count: 256)
        while milliseconds(since: start) < 30_000 {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            if file >= 0 {
                let count = read(file, &buffer, buffer.count)
                close(file)
                if count > 0, String(decoding: buffer[..<count], as: UTF8.self).contains("first") {
                    return milliseconds(since: start)
                }
            }
            usleep(200)
        }
        throw BenchmarkError("no line in '\(path)' within 30 s")
    }
}
