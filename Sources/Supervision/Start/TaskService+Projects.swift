public import FoundationEssentials
import JSONText
import System
public import TaskModel
public import TaskStore

/// A project, and what there is of its tasks.
public struct ProjectSummary: Sendable {
    /// The project.
    public var project: RegisteredProject
    /// How many tasks it has that have not ended.
    public var running = 0
    /// How many it has.
    public var tasks = 0
    /// The task that was made last; nil where there is none.
    public var lastTask: TaskID?
    /// When that was made, or else when the project was first seen.
    public var lastUsed: Date

    /// For programs: a JSON object.
    public var json: String {
        func quoted(_ text: String) -> String { JSONText.quoted(text) }
        let members = [
            ("agents", "[\(project.agents.map(quoted).joined(separator: ","))]"),
            ("gitDirectory", quoted(project.gitDirectory)), ("isThere", "\(project.isThere)"),
            ("lastTask", lastTask.map { quoted($0.description) } ?? "null"),
            ("lastUsed", quoted(lastUsed.formatted(.iso8601))), ("name", quoted(project.name)),
            ("path", quoted(project.path)), ("registeredAt", quoted(project.registeredAt.formatted(.iso8601))),
            ("running", "\(running)"), ("tasks", "\(tasks)"),
        ]
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}

extension TaskService {
    /// What each project is called, by its path.
    public func projectNames() throws(TaskError) -> [String: String] {
        Dictionary(try ProjectRegistry(store).projects().map { ($0.path, $0.name) }) { first, _ in first }
    }

    /// The known projects, by their names.
    public func projects() throws(TaskError) -> [ProjectSummary] {
        var summaries: [String: ProjectSummary] = [:]
        for project in try ProjectRegistry(store).projects() {
            summaries[project.path] = ProjectSummary(project: project, lastUsed: project.registeredAt)
        }
        for record in try list().records.reversed() {
            // What is wrong with a task's files is for task list to say.
            guard let path = try? store.directory(record.id).readInputs().repository.path,
                var summary = summaries[path]
            else { continue }
            summary.tasks += 1
            if record.currentState.phase != .ended { summary.running += 1 }
            summary.lastTask = record.id
            summary.lastUsed = record.currentState.createdAt
            summaries[path] = summary
        }
        return summaries.values.sorted { ($0.project.name, $0.project.path) < ($1.project.name, $1.project.path) }
    }

    /// A known project, by its name or path; without one, that of a directory.
    public func project(_ name: String?, in directory: String) async throws(TaskError) -> ProjectSummary {
        let registry = ProjectRegistry(store)
        let project: RegisteredProject
        if let name {
            project = try registry.project(name)
        } else {
            guard let repository = try await self.project(of: directory) else {
                throw TaskError(
                    "'\(PlainText.line(directory))' is in no git repository", next: "task project show <name>")
            }
            try registry.register(repository, agent: nil, at: Date())
            project = try registry.project(repository.path)
        }
        return try projects().first { $0.project.path == project.path }
            ?? ProjectSummary(project: project, lastUsed: project.registeredAt)
    }

    /// Forgets a project; its repository, tasks, images and caches stay.
    ///
    /// - Returns: what it was, with what stays.
    public func forgetProject(_ name: String) throws(TaskError) -> ProjectSummary {
        let project = try ProjectRegistry(store).project(name)
        let summary = try projects().first { $0.project.path == project.path }
        _ = try ProjectRegistry(store).remove(project.path)
        return summary ?? ProjectSummary(project: project, lastUsed: project.registeredAt)
    }

    /// Gives a project another name.
    public func renameProject(_ name: String, to new: String) throws(TaskError) {
        try ProjectRegistry(store).rename(name, to: new)
    }
}
