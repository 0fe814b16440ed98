import Foundation
import System
import Testing

@testable import TaskModel

/// One test's world: a repository of its own, a state directory of its own, and the real program. Everything is removed
/// at the end, tasks first.
final class World {
    /// Nil for a world in which there is no engine to be found.
    private let used: TestEngine?
    /// Unique, and the beginning of every name.
    let prefix: String
    let root: String
    let project: String
    let state: String
    var environment: [String: String]
    /// Whose tasks are run here.
    var user = getuid()
    /// What `task` is started by: a program and its arguments that precede it, none by itself.
    var launcher: [String] = []

    /// A world with a repository of one commit, in a project below `folder` of the world.
    init(_ engine: TestEngine?, folder: String = "") throws {
        used = engine
        prefix = "t\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
        root = try Files.resolve("/var/tmp") + "/task-test-\(prefix)"
        project = root + folder + "/project"
        state = root + folder + "/state"
        environment = ProcessEnvironment.current
        environment["XDG_STATE_HOME"] = state
        environment["XDG_CONFIG_HOME"] = root + "/config"
        environment["TASK_ENGINE"] = engine?.rawValue
        if engine == nil {
            // What names an engine is final: no other is looked for.
            for variable in ["DOCKER_HOST", "CONTAINER_HOST"] {
                environment[variable] = "unix://\(root)/no-engine.sock"
            }
        }
        try Files.makeDirectory(project, mode: 0o755)
        try takeImageRecords()
        try git("init", "-q", "-b", "main")
        try git("config", "user.name", "Test")
        try git("config", "user.email", "test@example.invalid")
        try write("readme.txt", "first line\n")
        try commit("first")
    }

    /// The engine of a world that has one.
    var engine: TestEngine {
        guard let used else { preconditionFailure("this world has no engine") }
        return used
    }

    var hasEngine: Bool { used != nil }

    /// What is known of the images that all tests share; without it each world would make them anew. `.ci/base-image`
    /// writes it.
    static let imageRecords: String = {
        let build = Files.parent(of: Files.parent(of: Files.parent(of: program)))
        return ProcessEnvironment.current["TASK_TEST_RECORDS"] ?? "\(build)/test-records"
    }()

    private func takeImageRecords() throws {
        try Files.makeDirectory("\(state)/task")
        guard Files.exists(Self.imageRecords) else { return }
        let copied = try Subprocess("cp", ["-R", Self.imageRecords, "\(state)/task/images"]).runBlocking(seconds: 180)
        try #require(copied.succeeded, "\(copied.errorText)")
    }

    /// Ends and removes every task, then all files.
    func tearDown() throws {
        let names = try task("list", "--all", "-q").output.split(separator: "\n").map(String.init)
        for name in names { _ = try task("rm", "--force", name) }
        guard used != nil else { return try FileTree.remove(root) }
        // What was built for this world alone; the images that all share belong to another state directory.
        let owner = SHA256.hex("\(user):\(state)/task".utf8).prefix(12)
        var images = try self.images(of: owner)
        // One that others build on goes after them.
        while !images.isEmpty {
            for image in images { _ = try engine.run("rmi", "-f", image) }
            let left = try self.images(of: owner)
            #expect(left.count < images.count, "images were left behind: \(left)")
            if left.count == images.count { break }
            images = left
        }
        try FileTree.remove(root)
        let caches = try engine.run("volume", "ls", "-q", "--filter", "label=dev.task.project=\(project)")
        for cache in caches.outputText.split(separator: "\n") { _ = try engine.run("volume", "rm", String(cache)) }
        let left = try engine.run("ps", "-a", "--filter", "name=\(prefix)", "--format", "{{.Names}}").outputText
        #expect(left.isEmpty, "containers were left behind: \(left)")
    }

    private func images(of owner: Substring) throws -> Set<String> {
        let listed = try engine.run("images", "-q", "--no-trunc", "--filter", "label=dev.task.owner=\(owner)")
        return Set(listed.outputText.split(separator: "\n").map(String.init))
    }

    /// A name for a task.
    func name(_ suffix: String) -> String { "\(prefix)-\(suffix)" }

    /// What a finished command printed, and its exit code.
    struct Outcome: Equatable {
        let code: Int32
        let output: String
        let errors: String
    }

    /// The program under test: the real one, as it was built.
    static let program: String = {
        let own = (try? Files.resolve("/proc/self/exe")) ?? ""
        return Files.parent(of: own) + "/task"
    }()

    /// Runs `task` in the project.
    func task(_ arguments: String..., in directory: String? = nil, seconds: Int = 180) throws -> Outcome {
        try task(arguments, in: directory, seconds: seconds)
    }

    func task(_ arguments: [String], in directory: String? = nil, seconds: Int = 180) throws -> Outcome {
        let result = try command(arguments, in: directory).runBlocking(seconds: seconds)
        let code: Int32 =
            switch result.status {
            case .code(let code): code
            case .signal(let number): 128 + number
            }
        return Outcome(code: code, output: result.outputText, errors: result.errorText)
    }

    /// `task` with arguments, to be run in the project.
    func command(_ arguments: [String], in directory: String? = nil) -> Subprocess {
        let words = launcher + [Self.program] + arguments
        return Subprocess(
            words[0], Array(words.dropFirst()), environment: environment, directory: directory ?? project)
    }

    /// Runs a shell script as the agent of a task, to its end.
    func agent(_ name: String, _ script: String, options: [String] = []) throws -> Outcome {
        try task(["run", "--isolated", "--wait", "--name", name] + options + ["--", "sh", "-c", script])
    }

    /// Starts a shell script as the agent of a task, and returns when it runs.
    func start(_ name: String, _ script: String, options: [String] = []) throws {
        let outcome = try task(["run", "--isolated", "-d", "--name", name] + options + ["--", "sh", "-c", script])
        try #require(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output == "\(name)\n")
    }

    /// The record of a task as `task list --json` shows it.
    func record(_ name: String) throws -> TaskRecord {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let path = "\(state)/task/tasks/\(name)/state.json"
        return try decoder.decode(TaskRecord.self, from: Data(Files.read(path)))
    }

    /// Waits until something holds, as long as a machine's slow spell may last.
    func wait(_ what: String, until condition: () throws -> Bool) throws {
        let deadline = Date().addingTimeInterval(180)
        while Date() < deadline {
            if try condition() { return }
            usleep(50_000)
        }
        Issue.record("waited in vain: \(what)")
        throw CancellationError()
    }

    /// Waits until a task's output holds some text.
    func wait(_ name: String, prints text: String) throws {
        try wait("'\(name)' prints '\(text)'") { try task("logs", name).output.contains(text) }
    }

    /// Waits until a task has ended.
    func waitForEnd(_ name: String) throws {
        try wait("'\(name)' ends") { try record(name).currentState.phase == .ended }
    }

    @discardableResult
    func git(_ arguments: String..., in directory: String? = nil) throws -> String {
        let result = try Subprocess("git", arguments, directory: directory ?? project).runBlocking(seconds: 180)
        try #require(result.succeeded, "git \(arguments): \(result.errorText)")
        return result.outputText.trimmingCharacters(in: .newlines)
    }

    func write(_ path: String, _ text: String) throws {
        let full = "\(project)/\(path)"
        try Files.makeDirectory(Files.parent(of: full), mode: 0o755)
        try Data(text.utf8).write(to: URL(filePath: full))
    }

    func commit(_ message: String) throws {
        try git("add", "-A")
        try git("commit", "-q", "-m", message)
    }
}

/// Runs a test in a world, which is removed whether the test passes or not.
func inWorld(_ engine: TestEngine?, folder: String = "", _ body: (World) throws -> Void) throws {
    let world = try World(engine, folder: folder)
    do {
        try body(world)
    } catch {
        try? world.tearDown()
        throw error
    }
    try world.tearDown()
}
