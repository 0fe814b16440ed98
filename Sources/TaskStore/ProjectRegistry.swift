public import FoundationEssentials
import System
public import TaskModel

/// A project that tasks were made for.
public struct RegisteredProject: Codable, Equatable, Sendable {
    /// The top of its working tree.
    public var path: String
    /// The repository's common directory.
    public var gitDirectory: String
    /// What it is called: the last part of its path.
    public var name: String
    /// When it was first seen.
    public var registeredAt: Date
    /// The agents that its tasks used, sorted.
    public var agents: [String]
}

/// The projects that this user's tasks were made for: `projects.json` of the state directory.
public struct ProjectRegistry: Sendable {
    private struct File: Codable {
        static let currentVersion = 1
        var version = File.currentVersion
        var projects: [RegisteredProject] = []
    }

    /// More are not remembered: the oldest without a directory go first.
    private static let limit = 10_000
    private let path: String
    private let lock: String

    /// The registry of a store; nothing is made yet.
    public init(_ store: TaskStore) {
        path = "\(store.root)/projects.json"
        lock = "\(store.root)/projects.lock"
    }

    /// All projects, sorted by path; those that are gone are among them.
    ///
    /// - Throws: `TaskError` naming the file, where it is damaged or from a newer program.
    public func projects() throws(TaskError) -> [RegisteredProject] { try read().projects }

    /// Notes a project, and an agent that it used.
    public func register(_ repository: Repository, agent: String?, at time: Date) throws(TaskError) {
        var file = try read()
        // Most tasks are made for a project that is there already: nothing is locked or written for them.
        if let known = file.projects.first(where: { $0.path == repository.path }),
            known.gitDirectory == repository.gitDirectory, agent.map(known.agents.contains) ?? true
        {
            return
        }
        let held: FileLock?
        do throws(SystemError) {
            try Files.makeDirectory(Files.parent(of: path))
            held = try FileLock.take(lock, waitingMilliseconds: 5000)
        } catch {
            throw TaskError(error.description)
        }
        guard let held else { throw TaskError("another process keeps '\(lock)'", next: "try again") }
        file = try read()
        var project =
            file.projects.first { $0.path == repository.path }
            ?? RegisteredProject(
                path: repository.path, gitDirectory: repository.gitDirectory, name: Files.name(of: repository.path),
                registeredAt: time, agents: [])
        project.gitDirectory = repository.gitDirectory
        if let agent, !project.agents.contains(agent) { project.agents = (project.agents + [agent]).sorted() }
        file.projects.removeAll { $0.path == repository.path }
        if file.projects.count >= Self.limit { file.projects.removeAll { !Files.isDirectory($0.path) } }
        file.projects = (file.projects + [project]).sorted { $0.path < $1.path }
        try JSONFile.write(file, to: path)
        withExtendedLifetime(held) {}
    }

    private func read() throws(TaskError) -> File {
        guard Files.exists(path) else { return File() }
        let file: File = try JSONFile.read(path)
        if file.version > File.currentVersion {
            throw TaskError(
                "'\(path)' has version \(file.version), and this program reads up to \(File.currentVersion)",
                next: "install a newer task")
        }
        return file
    }
}
