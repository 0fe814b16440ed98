public import FoundationEssentials
import System
public import TaskModel

/// A project that tasks were made for.
public struct RegisteredProject: Codable, Equatable, Sendable {
    /// The top of its working tree.
    public var path: String
    /// The repository's common directory.
    public var gitDirectory: String
    /// What it is called, no two alike: the last part of its path, unless the user chose another.
    public var name: String
    /// When it was first seen.
    public var registeredAt: Date
    /// The agents that its tasks used, sorted.
    public var agents: [String]

    /// True where its directory is still there.
    public var isThere: Bool { Files.isDirectory(path) }
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

    /// A project by its name, or by its path.
    ///
    /// - Throws: `TaskError` where there is none, or more than one.
    public func project(_ name: String) throws(TaskError) -> RegisteredProject {
        try Self.find(name, in: try projects())
    }

    private static func find(
        _ name: String, in projects: [RegisteredProject]
    ) throws(TaskError) -> RegisteredProject {
        let named = projects.filter { $0.name == name }
        if named.count == 1 { return named[0] }
        let path = (try? Files.resolve(name)) ?? name
        if named.isEmpty, let found = projects.first(where: { $0.path == path || $0.path == name }) { return found }
        let shown = PlainText.line(name, limit: 200)
        if named.isEmpty { throw TaskError("there is no project '\(shown)'", next: "task project list") }
        let paths = named.map { "'\(PlainText.line($0.path))'" }.joined(separator: " and ")
        throw TaskError(
            "'\(shown)' is the name of \(paths)", next: "task project rename \(PlainText.line(named[0].path)) <name>")
    }

    /// Notes a project, and an agent that it used.
    ///
    /// - Returns: true where it was not known before.
    @discardableResult
    public func register(_ repository: Repository, agent: String?, at time: Date) throws(TaskError) -> Bool {
        // Most tasks are made for a project that is there already: nothing is locked or written for them.
        if let known = try read().projects.first(where: { $0.path == repository.path }),
            known.gitDirectory == repository.gitDirectory, agent.map(known.agents.contains) ?? true
        {
            return false
        }
        return try change { (projects) throws(TaskError) in
            let known = projects.first { $0.path == repository.path }
            projects.removeAll { $0.path == repository.path }
            var project =
                known
                ?? RegisteredProject(
                    path: repository.path, gitDirectory: repository.gitDirectory,
                    name: ProjectName.free(for: repository.path, among: projects.map(\.name)), registeredAt: time,
                    agents: [])
            project.gitDirectory = repository.gitDirectory
            if let agent, !project.agents.contains(agent) { project.agents = (project.agents + [agent]).sorted() }
            if projects.count >= Self.limit { projects.removeAll { !$0.isThere } }
            projects.append(project)
            return known == nil
        }
    }

    /// Forgets a project; its repository, tasks and images stay as they are.
    public func remove(_ name: String) throws(TaskError) -> RegisteredProject {
        try change { (projects) throws(TaskError) in
            let project = try Self.find(name, in: projects)
            projects.removeAll { $0.path == project.path }
            return project
        }
    }

    /// Gives a project another name.
    public func rename(_ name: String, to new: String) throws(TaskError) {
        guard ProjectName.isName(new) else {
            throw TaskError(
                .usage,
                "'\(PlainText.line(new, limit: 80))' is no name for a project: letters, digits, '.', '_' and '-', at most 64",
                next: "task project rename --help")
        }
        try change { (projects) throws(TaskError) in
            let project = try Self.find(name, in: projects)
            if let other = projects.first(where: { $0.name == new && $0.path != project.path }) {
                throw TaskError(
                    "the name '\(new)' is taken by '\(PlainText.line(other.path))'", next: "task project list")
            }
            for index in projects.indices where projects[index].path == project.path { projects[index].name = new }
        }
    }

    /// Changes what is noted; two commands at once do so one after the other.
    private func change<Result>(
        _ body: (inout [RegisteredProject]) throws(TaskError) -> Result
    ) throws(TaskError) -> Result {
        let held: FileLock?
        do throws(SystemError) {
            try Files.makeDirectory(Files.parent(of: path))
            held = try FileLock.take(lock, waitingMilliseconds: 5000)
        } catch {
            throw TaskError(error.description)
        }
        guard let held else { throw TaskError("another process keeps '\(lock)'", next: "try again") }
        defer { withExtendedLifetime(held) {} }
        var file = try read()
        let result = try body(&file.projects)
        file.projects.sort { $0.path < $1.path }
        try JSONFile.write(file, to: path)
        return result
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

/// What projects are called: words that need no quotes in a shell.
enum ProjectName {
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isPlain)
            && text.utf8.first != UInt8(ascii: "-") && text.utf8.first != UInt8(ascii: ".")
    }

    /// A name for a path that no other project has.
    static func free(for path: String, among taken: [String]) -> String {
        var name = String(Files.name(of: path).map { $0.utf8.allSatisfy(isPlain) ? $0 : "-" }.prefix(60))
        name = String(name.drop { $0 == "-" || $0 == "." })
        if name.isEmpty { name = "project" }
        if !taken.contains(name) { return name }
        var number = 2
        while taken.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
