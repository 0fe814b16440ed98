import Environments
import FoundationEssentials
import Gateway
import GuestProtocol
import System
import TaskModel
import TaskStore

extension Supervisor {
    /// Writes down how the task ended; what is left is to bring its work home.
    func conclude(_ ending: Ending) async {
        record.currentState.phase = .ending
        record.currentState.ending = ending
        record.currentState.waiting = nil
        do throws(TaskError) {
            try save()
        } catch {
            complain("\(error)")
        }
    }

    /// Brings the last of the work home and takes the sandbox down. Every step can be done again by a successor.
    func bringHome() async {
        let hadEnded = record.currentState.phase == .ended
        if hadEnded, record.currentState.isUnexported != true { return }
        gateway?.detach()
        do throws(TaskError) {
            if link.isConnected {
                try await exportOrStartOver()
            } else if record.currentState.startedAt != nil {
                try await exportFromHelper()
            }
        } catch {
            record.currentState.isUnexported = true
            complain("\(error)")
        }
        await takeDown()
        // Whoever follows the events stops reading once the end is on record: its event goes before it.
        if !hadEnded { noteEnd() }
        record.currentState.phase = .ended
        if !hadEnded { record.currentState.endedAt = Date() }
        do throws(TaskError) {
            try save()
        } catch {
            complain("\(error)")
        }
        endWaiters.forEach { $0.resume() }
        endWaiters = []
    }

    private func noteEnd() {
        var data: [String: TaskEvent.Value] = [:]
        if let ending = record.currentState.ending {
            data["how"] = .text(ending.summary)
            data["exitCode"] = .number(Int(ending.exitCode))
        }
        note(.ended, data)
    }

    /// What the agent has left running can take every process or all memory that its container may have. Then that
    /// container goes first.
    private func exportOrStartOver() async throws(TaskError) {
        do throws(TaskError) {
            try await export()
        } catch {
            complain("\(error)")
            try await exportFromHelper()
        }
    }

    private func takeDown() async {
        try? link.send(.end)
        link.refuseAll()
        closeGateway()
        await finishReporting()
        guard let service = try? requireService() else { return }
        for role in [SandboxPlan.Role.agent, .export] {
            do throws(TaskError) {
                try await service.remove(service.containerName(inputs.id, role))
            } catch {
                complain("\(error)")
            }
        }
        record.currentState.container = nil
    }

    /// The agent's container is gone: another one with the same image, which may only read, brings the work out.
    private func exportFromHelper() async throws(TaskError) {
        let image = record.currentState.image
        guard image != nil || !isIsolated else { return }
        let service = try requireService()
        try? await service.remove(service.containerName(inputs.id, .agent))
        link.refuseAll()
        let container = try await service.start(planner.exportPlan(image: image))
        if let pid = container.pid { link.admit(pid) }
        _ = try await waitForGuest(seconds: 30)
        try await export()
    }
}
