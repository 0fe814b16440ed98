import System
public import TaskModel
public import TaskStore
import Workspace

extension TaskService {
    /// Removes a task. Its branch stays in the user's repository; work that is not on it is kept where it can be
    /// fetched from.
    ///
    /// - Returns: what the user should know about what was kept, a line each.
    public func remove(_ directory: TaskDirectory, force: Bool) async throws(TaskError) -> [String] {
        let id = directory.id
        let record = try directory.readRecord()
        if record.currentState.phase != .ended {
            guard force else {
                throw TaskError("the task '\(id)' is not over", next: "task stop \(id), or task rm --force \(id)")
            }
            try end(directory, graceSeconds: 2)
        }
        try export(directory)
        let kept = try await keepWhatIsNotOnTheBranch(directory)
        try store.remove(id)
        return kept
    }

    /// What the branch does not hold is kept with the whole repository of results, outside the task.
    private func keepWhatIsNotOnTheBranch(_ directory: TaskDirectory) async throws(TaskError) -> [String] {
        let results = try results(directory)
        guard Files.exists(results.path) else { return [] }
        let all = try await results.results(git: git)
        let left = all.references.merging(all.kept) { $1 }
        let branch = try directory.readRecord().currentState.head
        let lost = try await results.unreachable(Set(left.values), from: Set([branch].compactMap { $0 }), git: git)
        let references = left.filter { lost.contains($0.value) }.keys.sorted()
        if references.isEmpty { return [] }
        let kept =
            "\(store.root)/kept/\(directory.id)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36).prefix(6)).git"
        do throws(SystemError) {
            try Files.makeDirectory(Files.parent(of: kept))
            try Files.moveWithoutReplacing(results.path, to: kept)
        } catch {
            throw TaskError("cannot keep the work of '\(directory.id)' that is not on its branch: \(error)")
        }
        let inputs = try directory.readInputs()
        return ["work that is not on the branch '\(directory.id.branch)' is kept; get it with"]
            + references.map {
                "  git -C '\(PlainText.line(inputs.repository.path))' fetch '\(kept)' \($0):refs/heads/<name>"
            }
    }
}
