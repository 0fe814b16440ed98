import Glibc
import System
public import TaskModel

extension Repository {
    /// Merges a task's branch into the branch that the user has checked out, as the user's own `git merge` does: with
    /// the user's settings and hooks.
    ///
    /// - Parameter output: told what git says, made safe to print, in pieces that end with a line.
    /// - Throws: `TaskError` where there is no such branch, HEAD is detached, tracked files have uncommitted changes
    ///   or git fails. A conflict is left as git leaves it.
    public func merge(
        _ task: TaskID, git: Git = Git(), output: @escaping @Sendable (String) -> Void
    ) async throws(TaskError) {
        let shown = PlainText.line(path)
        guard case .exists(let commit, _) = try await taskBranch(task, git: git) else {
            throw TaskError(.failed, "'\(shown)' has no branch '\(task.branch)'", next: "task list")
        }
        guard let current = try await currentBranch(git: git) else {
            throw TaskError(
                .failed, "no branch is checked out in '\(shown)'", next: "git -C '\(shown)' switch <branch>")
        }
        let changes = try await uncommittedChanges(untracked: false, git: git)
        if !changes.isEmpty {
            throw TaskError(
                .failed,
                "'\(shown)' has \(changes.count) uncommitted changes: \(changes.names.joined(separator: ", "))",
                next: "git -C '\(shown)' stash")
        }
        let program = git.usersProgram(["merge", "--no-edit", "refs/heads/\(task.branch)"], in: path)
        let status = try await failing("merge '\(task.branch)'") {
            try await onOwnThread { try Self.run(program, output: output) }
        }
        if status == .code(0) { return }
        let pending = try await git.run(["rev-parse", "--verify", "--quiet", "MERGE_HEAD"], at: .discovered(path))
        if pending.succeeded, pending.outputText.hasPrefix(commit) {
            throw TaskError(
                .failed, "'\(task.branch)' conflicts with '\(PlainText.line(current))'",
                next: "git status, then git commit, or git merge --abort")
        }
        throw TaskError(.failed, "cannot merge '\(task.branch)': git merge ended with \(status)")
    }

    /// Both streams go the same way, in the order in which git writes.
    private static func run(_ program: Subprocess, output: (String) -> Void) throws -> ExitStatus {
        let (child, stream) = try start(program)
        var text = ColoredText()
        while true {
            let chunk = try stream.read(atMost: 4096)
            if chunk.isEmpty { break }
            let safe = text.append(chunk)
            if !safe.isEmpty { output(String(decoding: safe, as: UTF8.self)) }
        }
        let rest = text.finish()
        if !rest.isEmpty { output(String(decoding: rest, as: UTF8.self)) }
        return child.wait()
    }

    private static func start(_ program: Subprocess) throws -> (ChildProcess, Descriptor) {
        let pipe = try Descriptor.pipe()
        let child = try ChildProcess(
            program, input: .inherit, output: .descriptor(pipe.write), errors: .descriptor(pipe.write))
        return (child, pipe.read)
    }
}
