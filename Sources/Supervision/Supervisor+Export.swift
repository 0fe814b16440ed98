import Environments
import FoundationEssentials
import GuestProtocol
import System
import TaskModel
import Workspace

extension Supervisor {
    /// Brings home what the agent has done so far. Exports never overlap; one that is asked for during another follows
    /// it, for the agent may have gone on.
    func export() async throws(TaskError) {
        let previous = exporting
        let next = Task {
            _ = try? await previous?.value
            try await self.exportNow()
        }
        exporting = next
        do {
            try await next.value
        } catch {
            throw error as? TaskError ?? TaskError("\(error)")
        }
    }

    /// Exports when the agent's HEAD is another than when it was last looked at.
    func exportIfHeadMoved() async {
        guard link.isConnected else { return }
        do throws(TaskError) {
            let head = try await read(ExportScript.headArguments(workspace: planner.workspace), limit: 128)
            if head == lastPolledHead || head == inputs.base.commit && lastPolledHead == nil { return }
            lastPolledHead = head
            try await export()
        } catch {
            complain("\(error)")
        }
    }

    private func exportNow() async throws(TaskError) {
        do throws(TaskError) {
            try await fetch()
            record.currentState.isUnexported = nil
            let results = try await results.results(git: git)
            record.currentState.snapshot = results.wip
            let outcome = try await publication.publish(lastPublished: record.currentState.head)
            noteOutcome(outcome, snapshot: results.wip)
            try save()
            await markAsUnsafe(outcome)
        } catch {
            record.currentState.isUnexported = true
            try? save()
            note(.exportFailed, ["reason": .text(error.message)])
            throw error
        }
    }

    /// The bundle is made inside the container and read here, into a repository of our own.
    private func fetch() async throws(TaskError) {
        try results.create(borrowingFrom: mirror)
        let command = try await GuestCommand.start(
            ExportScript.arguments(
                workspace: planner.workspace, task: inputs.id, base: inputs.base, objects: planner.objects),
            environment: commandEnvironment, directory: "/", over: link)
        do throws(TaskError) {
            _ = try await results.importBundle(from: command.output, git: git)
        } catch {
            command.cancel()
            // Where the script itself failed, what it says explains more than what its half bundle looks like.
            let exit = try await command.wait()
            if exit == .code(UInt8(ExportScript.nothingNew)) { return try await results.importNothing(git: git) }
            let complaint = await command.complaint()
            throw complaint.isEmpty ? error : TaskError("\(error.message); inside: \(complaint)")
        }
        let exit = try await command.wait()
        guard exit == .code(0) || exit == .code(UInt8(ExportScript.nothingNew)) else {
            throw TaskError("cannot bring the work out of the sandbox: \(await command.complaint())")
        }
        let remarks = await command.complaint()
        if !remarks.isEmpty { note(.exportIncomplete, ["reason": .text(remarks)]) }
    }

    private func noteOutcome(_ outcome: Publication.Outcome, snapshot: String?) {
        var data: [String: TaskEvent.Value] = snapshot.map { ["snapshot": .text($0)] } ?? [:]
        switch outcome {
        case .nothing: return
        case .unchanged(let commit, _):
            record.currentState.head = commit
            record.currentState.conflict = nil
        case .published(let commit, let kept):
            record.currentState.head = commit
            record.currentState.conflict = nil
            data["commit"] = .text(commit)
            if !kept.isEmpty { data["otherBranches"] = .text(kept.keys.sorted().joined(separator: " ")) }
            note(.exported, data)
        case .movedByUser(let commit):
            let reason = "the branch '\(inputs.id.branch)' was moved by someone else to \(commit ?? "nothing")"
            record.currentState.conflict = reason
            note(.exportFailed, ["reason": .text(reason)])
        case .checkedOut(let worktree):
            let reason = "the branch '\(inputs.id.branch)' is checked out at '\(worktree)'"
            record.currentState.conflict = reason
            note(.exportFailed, ["reason": .text(reason)])
        }
    }

    /// Whoever reads the history is to know that these commits come from an agent that nothing isolated. The branch is
    /// where it belongs, whether that can be noted or not.
    private func markAsUnsafe(_ outcome: Publication.Outcome) async {
        if isIsolated { return }
        switch outcome {
        case .unchanged(let commit, _), .published(let commit, _):
            do throws(TaskError) {
                try await publication.note(
                    "UNSAFE: made by the task '\(inputs.id)' on the host, without isolation", upTo: commit)
            } catch {
                complain("\(error)")
                note(.exportIncomplete, ["reason": .text(error.message)])
            }
        case .nothing, .movedByUser, .checkedOut: return
        }
    }

    private var publication: Publication {
        Publication(of: inputs.id, from: results, into: inputs.repository, git: git)
    }

    /// What a command in the sandbox prints, as one line.
    private func read(_ arguments: [String], limit: Int) async throws(TaskError) -> String {
        let command = try await GuestCommand.start(
            arguments, environment: commandEnvironment, directory: "/", over: link)
        let bytes = (try? command.output.read(atMost: limit)) ?? []
        guard try await command.wait() == .code(0) else { throw TaskError(await command.complaint()) }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Commands of ours in the sandbox get nothing of the agent's environment.
    private var commandEnvironment: [String: String] {
        var result = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/tmp",
        ]
        if !isIsolated {
            // This machine's git may be anywhere.
            result["PATH"] = callerEnvironment["PATH"] ?? result["PATH"]
            result[LocalPlace.mark] = record.currentState.container?.name
        }
        return result
    }
}
