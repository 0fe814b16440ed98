import CLinux
import Glibc
import GuestProtocol

/// The container has been asked to stop. The agent has six seconds, then it is killed; its end still gets recorded, and
/// all that is less than the ten seconds an engine waits.
struct Termination {
    let signal: Int32
    var killAt: Int64?
    let exitAt: Int64

    init(signal: Int32) {
        self.signal = signal
        killAt = now() + 6000
        exitAt = now() + 8000
    }

    var nextDeadline: Int64 { min(killAt ?? exitAt, exitAt) }
}

extension Guest {
    mutating func beginTermination(_ signal: Int32) {
        guard termination == nil else { return }
        termination = Termination(signal: signal)
        // Hang-up too: an interactive shell ignores the other.
        signalRunningAgent(SIGHUP)
        signalRunningAgent(SIGTERM)
    }

    /// The status to exit with once the agent's end is recorded or has been waited for long enough.
    mutating func advanceTermination(_ time: Int64) -> Int32? {
        guard let termination else { return nil }
        if !agent.isAlive || time >= termination.exitAt { return 128 + termination.signal }
        if let killAt = termination.killAt, time >= killAt {
            self.termination?.killAt = nil
            signalRunningAgent(SIGKILL)
        }
        return nil
    }

    private func signalRunningAgent(_ number: Int32) {
        guard case .running(let running) = agent, let handle = running.handle else { return }
        _ = task_pidfd_signal(handle, number)
    }
}
