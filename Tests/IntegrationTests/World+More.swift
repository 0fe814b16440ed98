import Foundation
import Glibc
import System
import Testing

extension World {
    /// The program as it is when installed, where any user can reach it: a build may lie in someone's home.
    func installedProgram() throws -> String {
        let prefix = "\(root)/installed"
        let program = "\(prefix)/bin/task"
        if Files.exists(program) { return program }
        let build = Files.parent(of: Self.program)
        let script = """
            umask 022 && mkdir -p "$3/bin" "$3/libexec/task" "$3/share/task" && cp "$1/task" "$3/bin/" &&
            cp "$1/task-guest" "$3/libexec/task/" && cp -R "$2/images" "$2/policies" "$3/share/task/" && chmod -R a+rX "$3"
            """
        let copied = try Subprocess("sh", ["-c", script, "sh", build, try package(), prefix]).runBlocking(seconds: 180)
        try #require(copied.succeeded, "\(copied.errorText)")
        return program
    }

    /// The directory of the project itself.
    func package() throws -> String {
        try #require(
            sequence(first: Self.program) { $0 == "/" ? nil : Files.parent(of: $0) }
                .first { Files.exists("\($0)/images/seccomp.json") })
    }

    /// A directory to use as PATH: links to the programs of this machine's own, but for some.
    func programs(without missing: [String]) throws -> String {
        let folder = "\(root)/programs"
        try Files.makeDirectory(folder, mode: 0o755)
        for directory in ["/usr/bin", "/usr/sbin", "/bin", "/sbin"] {
            for name in try Files.list(directory) where !missing.contains(name) {
                symlink("\(directory)/\(name)", "\(folder)/\(name)")
            }
        }
        return folder
    }

    /// Starts `task` without waiting for it; its output goes to files.
    func begin(_ arguments: [String], in directory: String? = nil) throws -> RunningCommand {
        try RunningCommand(
            command(arguments, in: directory),
            files: "\(root)/command-\(UInt64.random(in: 0...UInt64.max))")
    }

    /// What a failed start must not leave: task directories, containers, branches. Empty where nothing is.
    func leftovers() throws -> [String] {
        let tasks = "\(state)/task/tasks"
        var found = try Files.exists(tasks) ? Files.list(tasks).map { "task directory \($0)" } : []
        if hasEngine { found += try containers().map { "container \($0)" } }
        if Files.exists("\(project)/.git") {
            let branches = try git("for-each-ref", "--format=%(refname)", "refs/heads/task/")
            found += branches.split(separator: "\n").map { "branch \($0)" }
        }
        return found
    }

    /// The names of this world's containers, as the engine's own program tells them.
    func containers() throws -> [String] {
        try engine.run("ps", "-a", "--filter", "name=\(prefix)", "--format", "{{.Names}}").outputText
            .split(separator: "\n").map(String.init)
    }

    /// The files of a task.
    func taskDirectory(_ name: String) -> String { "\(state)/task/tasks/\(name)" }
}

/// A `task` command in progress.
final class RunningCommand {
    private let child: ChildProcess
    private let files: String

    /// What it writes goes to files, but for the streams that are given here by their numbers.
    init(_ program: Subprocess, files: String, streams: [Int32: Descriptor] = [:]) throws {
        self.files = files
        let output = try Descriptor.open("\(files).out", O_WRONLY | O_CREAT)
        let errors = try Descriptor.open("\(files).err", O_WRONLY | O_CREAT)
        child = try ChildProcess(
            program, output: .descriptor(streams[STDOUT_FILENO] ?? output),
            errors: .descriptor(streams[STDERR_FILENO] ?? errors), ownSession: true)
    }

    /// True while it waits in a write(2) of so many bytes to a stream (proc_pid_syscall(5)).
    func isWriting(_ count: Int, to number: Int32) throws -> Bool {
        let wanted = ["0x\(number)", "0x\(String(count, radix: 16))"]
        return try Files.list("/proc/\(child.pid)/task").contains { thread in
            let call = (try? Files.read("/proc/\(child.pid)/task/\(thread)/syscall")) ?? []
            let words = String(decoding: call, as: UTF8.self).split(separator: " ")
            return words.count > 3 && [words[1], words[3]].elementsEqual(wanted) { $0 == $1 }
        }
    }

    /// What it has printed so far.
    var output: String { get throws { String(decoding: try Files.read("\(files).out"), as: UTF8.self) } }

    /// What it has said so far.
    var errors: String { get throws { String(decoding: try Files.read("\(files).err"), as: UTF8.self) } }

    func signal(_ number: Int32) { child.signal(number) }

    /// Waits for its end; one that does not come to it is killed.
    func wait() throws -> World.Outcome {
        let child = child
        let watchdog = DispatchWorkItem { child.signal(SIGKILL, group: true) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 300, execute: watchdog)
        defer { watchdog.cancel() }
        let code: Int32 =
            switch child.wait() {
            case .code(let code): code
            case .signal(let number): 128 + number
            }
        return World.Outcome(
            code: code, output: String(decoding: try Files.read("\(files).out"), as: UTF8.self),
            errors: String(decoding: try Files.read("\(files).err"), as: UTF8.self))
    }
}
