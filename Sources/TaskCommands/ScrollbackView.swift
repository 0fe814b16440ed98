import CommandLineKit
import Glibc
import System
import TaskModel
import TaskStore

/// A task's terminal output on the user's terminal or into a pipe.
struct ScrollbackView {
    let task: TaskDirectory
    let console: Console
    /// True for the bytes as they are.
    let isRaw: Bool

    /// Writes what is there, and with `follow` what comes until the task has ended.
    func show(follow: Bool) throws(TaskError) {
        do throws(SystemError) {
            try copy(follow: follow)
        } catch {
            throw TaskError(error.description)
        }
    }

    private func copy(follow: Bool) throws(SystemError) {
        var filter = TerminalFilter(keepsColor: console.isColored)
        let watch = follow ? FileWatch(task.path) : nil
        while !Files.exists(task.scrollback) {
            guard let watch, !hasEnded else { return }
            watch.wait(milliseconds: 500)
        }
        let file = try Descriptor.open(task.scrollback, O_RDONLY)
        skipHole(file)
        while true {
            // What the agent wrote before it ended is there once the end is on record.
            let isLast = watch == nil || hasEnded
            while case let chunk = try file.read(atMost: 65536), !chunk.isEmpty {
                if isRaw {
                    try writeAll(chunk)
                } else {
                    console.output.write(filter.feed(chunk))
                }
            }
            if isLast { break }
            watch?.wait(milliseconds: 500)
        }
        if !isRaw { console.output.write(filter.finish()) }
    }

    /// The guest gives the oldest part of a long scrollback back to the file system; it reads as zeros.
    private func skipHole(_ file: Descriptor) {
        let start = lseek(file.number, 0, 3)  // SEEK_DATA, lseek(2)
        if start <= 0 { _ = lseek(file.number, 0, SEEK_SET) }
    }

    private var hasEnded: Bool {
        guard let phase = try? task.readRecord().currentState.phase else { return true }
        return phase == .ended
    }

    private func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 { throw SystemError("write to", "the standard output") }
            rest = rest.dropFirst(count)
        }
    }
}
