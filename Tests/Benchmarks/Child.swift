import Foundation
import Glibc

/// A failure that ends the measurements.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A program that was started by posix_spawn(3): Foundation's `Process` takes tens of milliseconds of its own.
struct Child {
    let pid: pid_t

    /// Starts a program, found in `PATH`.
    ///
    /// - Parameters:
    ///   - output: a descriptor for standard output; standard error is the caller's where `quiet` is false.
    ///   - terminal: the path of a terminal that becomes the program's own, in a session of its own.
    init(
        _ words: [String], environment: [String: String], output: Int32? = nil, quiet: Bool = true,
        terminal: String? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if let terminal {
            // The first terminal that a session's leader opens becomes the session's.
            posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID, spawn.h
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            if let output {
                posix_spawn_file_actions_adddup2(&actions, output, 1)
            } else {
                posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            }
            if quiet { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw BenchmarkError("cannot start '\(words[0])': \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    /// Waits for its end; the exit code, or 128 and the signal.
    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}

/// Runs commands for a benchmark.
struct Commands {
    /// The environment of all of them.
    var environment: [String: String]

    /// Runs a command to its end; throws where it fails.
    @discardableResult
    func run(_ words: [String]) throws -> String {
        let pipe = Pipe()
        // What a command leaves running must not hold the pipe open.
        for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        let child = try Child(
            words, environment: environment, output: pipe.fileHandleForWriting.fileDescriptor, quiet: false)
        try pipe.fileHandleForWriting.close()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        let code = child.wait()
        guard code == 0 else { throw BenchmarkError("'\(words.joined(separator: " "))' ended with \(code)") }
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// How long a command takes from its start to its end, in milliseconds.
    func time(_ words: [String]) throws -> Double {
        let start = ContinuousClock.now
        let code = try Child(words, environment: environment).wait()
        guard code == 0 else { throw BenchmarkError("'\(words.joined(separator: " "))' ended with \(code)") }
        return milliseconds(since: start)
    }
}

/// Milliseconds since a moment.
func milliseconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .milliseconds(1)
}
