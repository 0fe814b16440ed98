import CLinux
import Glibc
import GuestProtocol

// The agent's end. That it died, the kernel says: no other process can pretend it. How it died, tmux is asked, who is
// its parent. Then the copier is told to finish, what is left in the output FIFO is read to its end, and the end is
// recorded before it is told.

extension Guest {
    private static let patience: Int64 = 3000
    private static let pause: Int64 = 10

    /// Notes the death of the agent's first process.
    mutating func watchAgent() {
        if case .running(let running) = agent, isDead(running.handle) { beginEnding(running) }
    }

    /// A child that is not ours ended: perhaps the tmux server, which made itself one, or an agent that outlived it.
    mutating func orphanEnded(_ process: pid_t, _ exit: AgentExit) {
        if case .running(let running) = agent, process == running.server || process == running.process {
            beginEnding(running)
        }
        guard case .ending(var ending) = agent else { return }
        if process == ending.running.process && ending.exit == .unknown { ending.exit = exit }
        // There is nobody to ask any more, and the copier has seen the end of its input.
        if process == ending.running.server { ending.stage = .draining }
        agent = .ending(ending)
    }

    private mutating func beginEnding(_ running: Agent.Running) {
        agent = .ending(Agent.Ending(running: running, deadline: now() + Self.patience))
    }

    /// Takes the next step towards the record if it is due.
    mutating func advanceEnding(_ time: Int64) {
        guard case .ending(var ending) = agent else { return }
        if time >= ending.deadline { return recordEnd(ending) }
        guard let retry = ending.retry, time >= retry else { return }
        ending.retry = nil
        if ending.stage == .asking {
            // tmux may have missed the signal of its child's death; it is our child, so its number is still its own.
            kill(ending.running.server, SIGCHLD)
            do {
                try startTmux(tmux.status, as: .status, program: tool, input: null, seconds: 2)
            } catch {
                ending.retry = time + Self.pause
            }
        } else if ending.stage == .telling {
            // It may not have got that far yet: then nobody reads the FIFO, ENXIO of open(2).
            let drain = open(paths.drain, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            if drain >= 0 {
                close(drain)
                ending.stage = .draining
            } else {
                ending.retry = time + Self.pause
            }
        }
        agent = .ending(ending)
    }

    mutating func statusAnswered(_ output: [UInt8]) {
        guard case .ending(var ending) = agent, ending.stage == .asking else { return }
        let status = PaneStatus(output)
        if let exit = status?.exit, exit != .unknown { ending.exit = exit }
        let isFinal = status?.isDead == true && ending.exit != .unknown
        ending.stage = isFinal ? .telling : .asking
        ending.retry = isFinal ? 0 : now() + Self.pause
        agent = .ending(ending)
        advanceEnding(now())
    }

    /// Moves output from the FIFO to the scrollback; a bounded part of it at a time.
    mutating func readOutput() {
        var buffer = [UInt8](repeating: 0, count: Scrollback.chunk)
        for _ in 0..<16 {
            switch output.read(into: &buffer) {
            case .bytes(let count):
                buffer.withUnsafeBytes { scrollback?.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            case .nothing: return
            case .ended: return outputEnded()
            }
        }
    }

    private mutating func outputEnded() {
        guard case .ending(let ending) = agent, ending.stage == .draining, ending.exit != .unknown else { return }
        recordEnd(ending)
    }

    /// Writes the exit record and tells the supervisor. An agent that has lost its terminal server is killed: nobody
    /// could see it any more.
    private mutating func recordEnd(_ ending: Agent.Ending) {
        if let handle = ending.running.handle {
            _ = task_pidfd_signal(handle, SIGKILL)
            close(handle)
        }
        scrollback?.finish()
        scrollback = nil
        agent = .ended(ending.exit)
        let message = GuestMessage.exited(ending.exit)
        if let record = exitRecord {
            if let bytes = try? message.encode(), !writeAll(bytes, to: record) || fsync(record) != 0 {
                refuse(0, .system("write the exit record"))
            }
            close(record)
        }
        exitRecord = nil
        say(message)
    }

    private func isDead(_ handle: Int32?) -> Bool {
        guard let handle else { return true }
        var polled = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, 0) > 0
    }
}
