import JSONText
import System
public import TaskModel
public import TaskStore

/// Which task a person means. A value without I/O.
struct TaskSelection {
    /// A task as far as choosing goes.
    struct Choice: Equatable {
        var id: TaskID
        var isRunning: Bool
    }

    /// All tasks, the newest first.
    let choices: [Choice]
    /// Whether a task works on the repository that the person is in. Those come first.
    let isHere: (TaskID) -> Bool

    /// The task of a name, or of the beginning of a name that no other task shares.
    static func named(_ word: String, among names: [TaskID]) throws(TaskError) -> TaskID {
        let shown = PlainText.line(word, limit: 80)
        guard let id = TaskID(word) else {
            throw TaskError(
                "'\(shown)' is no task name: a to z, 0 to 9 and '-', at most 40", next: "task list --all")
        }
        if names.contains(id) { return id }
        let matching = names.filter { $0.description.hasPrefix(word) }
        if matching.count == 1 { return matching[0] }
        if matching.isEmpty {
            let near = suggestion(for: word, among: names.map(\.description)).map { " (did you mean '\($0)'?)" } ?? ""
            throw TaskError("there is no task '\(shown)'\(near)", next: "task list --all")
        }
        throw TaskError("'\(shown)' is the beginning of \(listed(matching))", next: "type more of the name")
    }

    /// The newest task of this repository; where it has none, of all.
    func latest() throws(TaskError) -> TaskID {
        guard let task = choices.first(where: { isHere($0.id) }) ?? choices.first else {
            throw TaskError("there is no task yet", next: "task run --help")
        }
        return task.id
    }

    /// The only task that runs for this repository; where none does, the only one that runs at all.
    func onlyRunning() throws(TaskError) -> TaskID {
        let running = choices.filter(\.isRunning)
        let here = running.filter { isHere($0.id) }
        let meant = here.isEmpty ? running : here
        if meant.count == 1 { return meant[0].id }
        if meant.isEmpty {
            throw TaskError(
                .usage, "no task is named, and none is running",
                next: "name one of task list --all, or take the newest with --latest")
        }
        throw TaskError(
            .usage, "no task is named, and \(meant.count) are running: \(Self.listed(meant.map(\.id)))",
            next: "name one of them, or take the newest with --latest")
    }

    /// "a, b, c and 2 more".
    private static func listed(_ names: [TaskID]) -> String {
        let more = names.count > 5 ? " and \(names.count - 5) more" : ""
        return names.prefix(5).map(\.description).joined(separator: ", ") + more
    }
}

extension TaskService {
    /// A task that exists, by its name or by the beginning of its name that no other task shares.
    public func task(_ name: String) throws(TaskError) -> TaskDirectory {
        if let id = TaskID(name), store.contains(id) { return store.directory(id) }
        return store.directory(try TaskSelection.named(name, among: try store.ids()))
    }

    /// The task that was made last, of the repository around a directory; of all where that has none.
    public func latestTask(in directory: String) throws(TaskError) -> TaskDirectory {
        store.directory(try selection(in: directory).latest())
    }

    /// The only task that runs for the repository around a directory; the only one at all where none runs for that.
    public func onlyRunningTask(in directory: String) throws(TaskError) -> TaskDirectory {
        store.directory(try selection(in: directory).onlyRunning())
    }

    private func selection(in directory: String) throws(TaskError) -> TaskSelection {
        let resolved = (try? Files.resolve(directory)) ?? directory
        return TaskSelection(
            choices: try list().records.map { .init(id: $0.id, isRunning: $0.currentState.phase != .ended) },
            isHere: { id in
                guard let project = try? store.directory(id).readInputs().repository.path else { return false }
                return resolved == project || resolved.hasPrefix(project + "/")
            })
    }
}
