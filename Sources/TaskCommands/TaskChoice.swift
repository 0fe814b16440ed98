import CommandLineKit
import FoundationEssentials
import Supervision
import TaskModel
import TaskStore

/// How commands name the task that they are about: by its name or the beginning of it, as the latest, or, where a slip
/// does no harm, not at all while one task runs.
enum TaskChoice {
    static let latest = Flag("latest", short: "l", help: "The task made last: of this repository, if it has any")

    /// A name that may be left out.
    static func argument(_ completion: String = "task") -> OptionalArgument<String> {
        OptionalArgument(
            "TASK", help: "Its name, or enough of it; the only one that runs without", completion: .dynamic(completion))
    }

    /// A name that only `--latest` replaces.
    static func named(_ completion: String = "task") -> OptionalArgument<String> {
        OptionalArgument("TASK", help: "Its name, or enough of it", completion: .dynamic(completion))
    }

    static let any = argument()
    static let running = argument("task-running")
}

extension TaskService {
    /// The task that a command is about, where it may go without a name. Which one that is, is said.
    func task(_ invocation: Invocation, _ argument: OptionalArgument<String>) throws(TaskError) -> TaskDirectory {
        if let task = try named(invocation, invocation[argument]) { return task }
        let task = try onlyRunningTask(in: FileManager.default.currentDirectoryPath)
        Console(invocation).say("'\(task.id)' is the task that runs")
        return task
    }

    /// The task that a command is about, where that must be said.
    func namedTask(_ invocation: Invocation, _ name: String?) throws(TaskError) -> TaskDirectory {
        if let task = try named(invocation, name) { return task }
        throw TaskError(
            .usage, "no task is named", next: "name one of task list --all, or take the newest with --latest")
    }

    /// The task and the word that a command takes besides: with `--latest` the first word is that.
    func task(
        _ invocation: Invocation, _ first: String, _ second: String?, missing: String
    ) throws(TaskError) -> (TaskDirectory, String) {
        if invocation[TaskChoice.latest], second == nil {
            return (try namedTask(invocation, nil), first)
        }
        guard let second else { throw TaskError(.usage, "missing argument \(missing)", next: "see --help") }
        return (try namedTask(invocation, first), second)
    }

    private func named(_ invocation: Invocation, _ name: String?) throws(TaskError) -> TaskDirectory? {
        guard invocation[TaskChoice.latest] else { return try name.map(task) }
        if let name {
            throw TaskError(.usage, "--latest and a name exclude each other", next: "leave out '\(name)', or --latest")
        }
        let task = try latestTask(in: FileManager.default.currentDirectoryPath)
        Console(invocation).say("'\(task.id)' is the latest task")
        return task
    }
}
