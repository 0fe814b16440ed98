import Foundation
import Glibc
import System
import Testing

/// A directory of a test's own, which goes with the object.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = "/tmp/task-system-tests-\(getpid())-\(UInt64.random(in: .min ... .max))"
        try Files.makeDirectory(path, mode: 0o777)
        try #require(chmod(path, 0o777) == 0)
    }

    deinit {
        _ = try? Subprocess("rm", ["-rf", path]).runBlocking()
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: file(name)))
    }

    func text(_ name: String) throws -> String { String(decoding: try Files.read(file(name)), as: UTF8.self) }
}

// setfsuid(2) and setfsgid(2): their header is not in Swift's Glibc module.
@_silgen_name("setfsuid") private func setfsuid(_ user: UInt32) -> Int32
@_silgen_name("setfsgid") private func setfsgid(_ group: UInt32) -> Int32

/// Runs something on a thread that has an ordinary user's rights to files: for root, every mode would do.
func asOrdinaryUser(_ body: @escaping @Sendable () throws -> Void) throws {
    final class Outcome: @unchecked Sendable {
        var error: (any Error)?
    }
    let outcome = Outcome()
    // Only this thread changes, and it ends afterwards.
    let thread = try WorkerThread(stack: 8 << 20) {
        if getuid() == 0 {
            _ = setfsgid(65534)
            _ = setfsuid(65534)
        }
        do { try body() } catch { outcome.error = error }
    }
    thread.finish()
    if let error = outcome.error { throw error }
}

/// Waits until something is true; false after a minute.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = Monotonic.now + .seconds(60)
    while try !condition() {
        if Monotonic.now > end { return false }
        usleep(5000)
    }
    return true
}

/// True while a process runs; false once it is gone, or ended and only its parent has not noticed.
func isRunning(_ pid: Int32) -> Bool {
    guard let bytes = try? Files.read("/proc/\(pid)/stat") else { return false }
    return !String(decoding: bytes, as: UTF8.self).contains(") Z ")
}
