import Foundation
import Glibc

/// Where everything that is measured lives: a repository, a state directory of its own, and an engine.
final class Bench {
    let program: String
    let engine: String
    let count: Int
    /// How often what takes seconds is measured.
    let rounds: Int
    let scratch: String
    let repository: String
    let commands: Commands
    /// The image that both sides run.
    private(set) var image = ""
    /// In every name, so that two runs of this program do not meet.
    let mark = "bench-\(getpid())"

    /// Where this was started: every engine's measurements have a directory of their own, which goes after them.
    private static let start = FileManager.default.currentDirectoryPath

    /// Makes the repository, and the base image where there is none.
    init(program: String, engine: String, count: Int, rounds: Int) throws {
        self.program = program
        self.engine = engine
        self.count = count
        self.rounds = rounds
        // Where a user's tasks are: file systems are not equally quick in all places.
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "/var/tmp"
        scratch = "\(home)/.task-bench-\(getpid())-\(engine)"
        repository = "\(scratch)/repository"
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_STATE_HOME"] = "\(scratch)/state"
        environment["XDG_CONFIG_HOME"] = "\(scratch)/config"
        environment["TMUX_TMPDIR"] = "\(scratch)/tmux"
        environment["TERM"] = "xterm-256color"
        environment["TASK_ENGINE"] = engine
        commands = Commands(environment: environment)
        for path in [repository, "\(scratch)/tmux", "\(scratch)/peer"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        // The image outlives this, and so does what is known of it.
        let images = "\(Self.start)/.build/bench-images"
        try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(scratch)/state/task", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch)/state/task/images", withDestinationPath: URL(filePath: images).path)
        guard FileManager.default.changeCurrentDirectoryPath(repository) else {
            throw BenchmarkError("cannot enter '\(repository)'")
        }
        try makeRepository(files: 1000)
        let first = try start("first", ["true"], wait: true)
        let records = try commands.run([program, "list", "--all", "--json"])
        guard let range = records.firstRange(of: #/"reference":"([^"]+)"/#) else {
            throw BenchmarkError("no image in \(records)")
        }
        image = String(records[range].split(separator: "\"")[2])
        try remove(first)
    }

    /// Removes all of it.
    func clean() {
        for name in (try? commands.run([program, "list", "--all", "--quiet"]))?.split(separator: "\n") ?? [] {
            try? remove(String(name))
        }
        // Images belong to a state directory, and this one goes.
        let words = ["image", "inspect", "--format", #"{{index .Config.Labels "dev.task.owner"}}"#, image]
        if let owner = try? commands.run([engine] + words), owner.count == 12 {
            removeImages(label: "dev.task.owner=\(owner)")
        }
        try? FileManager.default.removeItem(atPath: scratch)
    }

    private func makeRepository(files: Int) throws {
        for number in 0..<files {
            let directory = "\(repository)/part\(number / 50)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let text = String(repeating: "line \(number) of a file that an agent might read\n", count: 40)
            try text.write(toFile: "\(directory)/file\(number).txt", atomically: false, encoding: .utf8)
        }
        let git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        for words in [["init", "-q"], ["add", "."], ["commit", "-qm", "Start"]] {
            try commands.run(git + words)
        }
    }

    /// Adds a program to the repository, so that tasks have it.
    func commit(_ program: String) throws {
        let name = URL(filePath: program).lastPathComponent
        try commands.run(["cp", program, "\(repository)/\(name)"])
        try commands.run(["git", "add", name])
        try commands.run(["git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-qm", "Add"])
    }

    /// Starts a task and waits until that is reported, or until its end.
    @discardableResult
    func start(_ name: String, _ agent: [String], wait: Bool = false) throws -> String {
        let name = "\(mark)-\(name)"
        let words = [program, "run", "--isolated", wait ? "--wait" : "-d", "--name", name, "--"] + agent
        try commands.run(words)
        return name
    }

    /// Removes a task, and its branch.
    func remove(_ name: String) throws {
        try commands.run([program, "rm", "--force", name])
    }

    /// Removes a container of the other side, without the seconds that one engine would wait for a polite end.
    func removePeer(_ name: String) {
        _ = try? commands.run([engine, "kill", name])
        _ = try? commands.run([engine, "rm", "-f", name])
    }

    /// The directory of a task.
    func directory(_ name: String) -> String { "\(scratch)/state/task/tasks/\(name)" }
}
