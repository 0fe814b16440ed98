import CommandLineKit
import Glibc
import Supervision
import System
import TaskModel
import TaskStore
import Workspace

/// What happens after a start: return, attach, or wait.
struct Following {
    let service: TaskService
    let task: TaskDirectory
    let console: Console

    func follow(detach: Bool, wait: Bool) async throws(TaskError) -> ExitCode {
        if detach {
            console.output.writeLine(task.id.description)
            return .success
        }
        if let number = Interrupts.release() {
            // It came too late to take the start back, and is no reason to stay.
            console.say("'\(task.id)' runs; task attach \(task.id) comes to it")
            return ExitCode(128 + number)
        }
        guard console.isInteractive, !wait else { return try await showAndWait() }
        try HostTerminal(service: service, task: task).run()
        return try await report()
    }

    /// Shows the output until the task has ended, and ends as the agent did. An interrupt leaves the task running.
    private func showAndWait() async throws(TaskError) -> ExitCode {
        console.say("'\(task.id)' runs; an interrupt leaves it running")
        try ScrollbackView(task: task, console: console, isRaw: false).show(follow: true)
        let state = try service.waitUntilEnded(task).currentState
        await announce(state)
        return ExitCode(state.ending?.exitCode ?? 1)
    }

    /// After the user's terminal came back: the agent goes on, or has ended.
    private func report() async throws(TaskError) -> ExitCode {
        if try task.readRecord().currentState.phase == .running {
            console.say("'\(task.id)' goes on; task attach \(task.id) comes back to it")
            return .success
        }
        let state = try service.waitUntilEnded(task).currentState
        await announce(state)
        return ExitCode(state.ending?.exitCode ?? 1)
    }

    /// Says what the agent could not reach: that is often why it ended as it did.
    private func announceRefusals() {
        guard let hosts = try? service.refusedHosts(task), let first = hosts.first else { return }
        let more = hosts.count > 1 ? " and \(hosts.count - 1) more" : ""
        console.say(
            "its network policy refused \(PlainText.line(first, limit: 80))\(more); task policy log --denied \(task.id)"
        )
    }

    /// Says how it ended, and what came back.
    private func announce(_ state: CurrentState) async {
        console.say("'\(task.id)' \(state.ending?.summary ?? "ended")")
        if let conflict = state.conflict { console.say(conflict) }
        announceRefusals()
        if state.isUnexported == true {
            console.say("its work could not be brought home and is still in its workspace; task events \(task.id)")
            return
        }
        guard let summary = try? await service.summary(task) else { return }
        if let head = state.head {
            let files = "\(summary.files) file\(summary.files == 1 ? "" : "s")"
            let commits = "\(summary.commits) commit\(summary.commits == 1 ? "" : "s")"
            console.say("branch \(state.branch) at \(head.prefix(10)): \(commits), \(files)")
        }
        if summary.hasUncommitted { console.say("it left uncommitted work, which task diff \(task.id) shows") }
        if state.head != nil || summary.hasUncommitted {
            console.say("next: task diff \(task.id), task merge \(task.id)")
        } else {
            console.say("it changed nothing")
        }
    }
}
