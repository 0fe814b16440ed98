import Glibc
import System
public import TaskModel

/// All tasks of a user: a directory each, no index and no database. What the directory says is what there is.
public struct TaskStore: Sendable {
    /// `$XDG_STATE_HOME/task`.
    public let root: String

    /// The store at a place; nothing is made yet.
    public init(root: String) {
        self.root = root
    }

    /// Where the mirrors of the user's repositories are.
    public var mirrors: String { "\(root)/mirrors" }
    private var tasks: String { "\(root)/tasks" }

    /// The directory of a task, whether it exists or not.
    public func directory(_ id: TaskID) -> TaskDirectory {
        TaskDirectory(id: id, path: "\(tasks)/\(id)")
    }

    /// True where a task of this name exists.
    public func contains(_ id: TaskID) -> Bool {
        Files.isDirectory(directory(id).path)
    }

    /// The directory of a task that exists.
    ///
    /// - Throws: `TaskError` where there is none.
    public func existing(_ id: TaskID) throws(TaskError) -> TaskDirectory {
        guard contains(id) else { throw TaskError("there is no task '\(id)'", next: "task list") }
        return directory(id)
    }

    /// The names of all tasks, in alphabetical order.
    public func ids() throws(TaskError) -> [TaskID] {
        guard Files.exists(tasks) else { return [] }
        do {
            return try Files.list(tasks).compactMap(TaskID.init)
        } catch {
            throw TaskError(error.description)
        }
    }

    /// Makes a task: its directory appears whole, or not at all. Of two that want one name, one gets it.
    ///
    /// - Throws: `TaskError` where the name is taken or the disk refuses.
    public func create(_ inputs: TaskInputs, _ record: TaskRecord) throws(TaskError) -> TaskDirectory {
        let id = inputs.id
        do throws(SystemError) {
            try Files.makeDirectory(tasks)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
        let mark = "\(getpid())-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
        let new = TaskDirectory(id: id, path: "\(tasks)/.new-\(id)-\(mark)")
        do {
            try fill(new, inputs, record)
            try Files.moveWithoutReplacing(new.path, to: directory(id).path)
            try Files.synchronise(tasks)
        } catch {
            try? FileTree.remove(new.path)
            if contains(id) {
                throw TaskError(
                    .noSandbox, "the name '\(id)' is taken by another task",
                    next: "task list, or run with another --name")
            }
            throw TaskError(.noSandbox, "cannot make the task '\(id)': \(error)")
        }
        return directory(id)
    }

    private func fill(_ new: TaskDirectory, _ inputs: TaskInputs, _ record: TaskRecord) throws {
        try Files.makeDirectory(new.path)
        // The guest connects from inside as another user; the directories above keep everyone else out.
        try Files.makeDirectory(new.control)
        try Files.setMode(0o755, of: new.control)
        try Files.makeDirectory(new.home)
        try JSONFile.write(inputs, to: new.inputs)
        try new.write(record)
        var events = try EventLog(new)
        try events.append(.created, ["base": .text(inputs.base.commit), "place": .text(inputs.place.rawValue)])
    }

    /// Removes a task's directory and all in it. It is out of sight at once; what a crash leaves is removed next time.
    public func remove(_ id: TaskID) throws(TaskError) {
        do {
            let hidden = "\(tasks)/.removed-\(id)-\(getpid())"
            if rename(directory(id).path, hidden) != 0 { throw SystemError("remove", directory(id).path) }
            for name in try Files.list(tasks) where name.hasPrefix(".removed-") {
                try FileTree.remove("\(tasks)/\(name)")
            }
        } catch {
            throw TaskError("\(error)")
        }
    }
}
