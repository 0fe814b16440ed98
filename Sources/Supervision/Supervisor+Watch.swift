import Environments
import FoundationEssentials
import Gateway
import Glibc
import GuestProtocol
import System
import TaskModel
import TaskStore

extension Supervisor {
    /// How often it is looked whether the agent has committed.
    private static let pollInterval = Duration.seconds(30)

    /// Watches a running agent until it has ended, one way or another.
    func watch() async -> Ending {
        startTimers()
        // From here on, little of the program is needed until the end.
        ProgramPages.release()
        var checking: Task<Void, Never>?
        var launch: Int?
        for await happening in mailbox {
            switch happening {
            case .guest(.message(.exited(let exit))):
                return demand ?? Ending(exit, orElse: "the guest could not tell how the agent ended")
            case .guest(.connected(let hello, let listeners)):
                checking?.cancel()
                do throws(TaskError) {
                    try requireListeners(hello)
                    try welcome(hello, listeners)
                    Task { await openMissingPorts() }
                } catch {
                    note(.gatewayFailed, ["reason": .text(error.message)])
                    complain("\(error)")
                }
                switch hello.agent {
                case .ended(let exit):
                    return demand ?? Ending(exit, orElse: "the guest could not tell how the agent ended")
                // The launch can be on its way. If it never was, nobody can repeat it: what was to be passed on is gone.
                case .waiting: launch = deadline(after: .seconds(10))
                case .running: launch = nil
                }
            case .guest(.message(.launched)): launch = nil
            case .deadline(let number) where number == launch:
                return demand ?? .failed(reason: "its supervisor died before the agent was launched")
            case .guest(.disconnected):
                // A guest that is back already may have been heard of first: its sockets stay.
                if !link.isConnected { gateway?.detach() }
                checking = Task { await self.findOutWhatBecameOfTheContainer() }
            case .containerEnded(let reason):
                return demand ?? endingOnRecord() ?? .lost(reason: reason)
            case .timeUp:
                await stop(because: .timedOut, graceSeconds: 10)
            case .look: look()
            case .poll:
                await exportIfHeadMoved()
                schedulePoll()
                ProgramPages.release()
            case .guest(.message(.failure(_, let reason))):
                complain("guest: \(reason)")
            case .guest(.message), .deadline: continue
            }
        }
        return .lost(reason: "the supervisor's mailbox closed")
    }

    /// Takes over a task whose supervisor died.
    func adopt() async {
        note(.recovered)
        guard let container = record.currentState.container else {
            return await conclude(.lost(reason: "it has no container on record"))
        }
        if let pid = container.pid { link.admit(pid) }
        await findOutWhatBecameOfTheContainer(patience: .milliseconds(1500))
    }

    /// Asks the engine until it says that the container is gone, or the guest is back.
    private func findOutWhatBecameOfTheContainer(patience: Duration = .milliseconds(100)) async {
        guard let container = record.currentState.container else { return }
        var isEngineNoted = false
        var running = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: patience)
            if link.isConnected || Task.isCancelled { return }
            do throws(TaskError) {
                switch try await requireService().fate(of: container.id) {
                case .absent:
                    post.yield(
                        .containerEnded(
                            reason: isIsolated
                                ? "its container was removed from outside" : "its guest was ended from outside"))
                    return
                case .ended(let code, let outOfMemory):
                    let why = outOfMemory ? "its container ran out of memory" : "its container was ended from outside"
                    post.yield(.containerEnded(reason: "\(why) (exit code \(code))"))
                    return
                case .running:
                    running += 1
                    // The guest tries once a second. One that stays away is broken: nothing can be supervised then.
                    if running > 15 { try await requireService().remove(container.id) }
                }
            } catch {
                if !isEngineNoted { note(.engineUnavailable, ["reason": .text(error.message)]) }
                isEngineNoted = true
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// How the agent ended according to the record that the guest wrote itself.
    private func endingOnRecord() -> Ending? {
        guard let bytes = try? Files.read(directory.exitRecord, limit: 4096) else { return nil }
        var decoder = FrameDecoder()
        guard (try? decoder.append(bytes)) != nil, let frame = try? decoder.next(),
            case .exited(let exit) = try? GuestMessage(frame)
        else { return nil }
        return Ending(exit, orElse: "the guest could not tell how the agent ended")
    }

    private func startTimers() {
        schedulePoll()
        startLooking()
        guard let seconds = inputs.timeout, let started = record.currentState.startedAt else { return }
        let left = max(0, Double(seconds) - Date().timeIntervalSince(started))
        let post = post
        Task {
            try? await Task.sleep(for: .seconds(left))
            post.yield(.timeUp)
        }
    }

    private func schedulePoll() {
        let post = post
        Task {
            try? await Task.sleep(for: Self.pollInterval)
            post.yield(.poll)
        }
    }

    /// Makes the agent end: a request first, force when the grace is over.
    func stop(because reason: Ending, graceSeconds: Int) async {
        guard record.currentState.phase == .running, demand == nil else { return }
        demand = reason
        note(.stopping, ["why": reason == .timedOut ? "timeout" : "asked"])
        let link = link
        // Nothing waits for an answer: a sandbox that gives none is to end as well.
        _ = try? link.request { .signal(request: $0, number: UInt8(SIGTERM)) }
        Task {
            try? await Task.sleep(for: .seconds(graceSeconds))
            _ = try? link.request { .signal(request: $0, number: UInt8(SIGKILL)) }
            try? await Task.sleep(for: .seconds(5))
            await self.forceEnd()
        }
    }

    /// The last resort: the container goes, with all that runs in it.
    private func forceEnd() async {
        guard record.currentState.phase == .running, let container = record.currentState.container else { return }
        try? await requireService().remove(container.id)
    }
}

extension Ending {
    fileprivate init(_ exit: AgentExit, orElse reason: String) {
        switch exit {
        case .code(let code): self = .exited(code: code)
        case .signal(let number): self = .killed(signal: number)
        case .unknown: self = .lost(reason: reason)
        }
    }
}
