import Glibc
import NetworkPolicy
import Synchronization
import System

/// Runs a switchboard on a thread of its own. The lock is never held while waiting or reporting.
final class Server: Sendable {
    private struct State {
        let switchboard: Switchboard
        var isStopping = false
    }

    private let poller: Poller
    private let report: @Sendable (GatewayEvent) -> Void
    private let state: Mutex<State>
    private let thread = Mutex<WorkerThread?>(nil)

    init(
        policy: NetworkPolicy, names: sending SandboxNames, limits: GatewayLimits, sources: ResolverSources,
        report: @escaping @Sendable (GatewayEvent) -> Void
    ) throws(SystemError) {
        let poller = try Poller()
        self.poller = poller
        self.report = report
        state = Mutex(
            State(
                switchboard: Switchboard(
                    policy: policy, names: names, limits: limits, sources: sources, poller: poller)))
    }

    /// Starts the thread, which keeps this object until `stop`.
    func start() throws(SystemError) {
        let started = try WorkerThread(stack: 512 << 10) { self.run() }
        thread.withLock { $0 = started }
    }

    func attach(_ listeners: [GatewayListener]) throws(SystemError) {
        let result: Result<Void, SystemError> = state.withLock { state in
            Result { () throws(SystemError) in
                if state.isStopping { throw SystemError("serve", "\(listeners.count) sockets", code: ESHUTDOWN) }
                try state.switchboard.attach(listeners)
            }
        }
        try result.get()
    }

    func update(_ policy: NetworkPolicy) {
        state.withLock { $0.switchboard.update(policy, at: .now) }
        // What this was decided is reported by the thread.
        poller.wake()
    }

    func detach() {
        state.withLock { $0.switchboard.detach(at: .now) }
        poller.wake()
    }

    func stop() {
        state.withLock { state in
            state.switchboard.detach(at: .now)
            state.isStopping = true
        }
        poller.wake()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.finish()
    }

    private func run() {
        var turn = Turn()
        var news = Poller.News()
        while !turn.isLast {
            do throws(SystemError) {
                try poller.wait(until: turn.deadline, &news)
                turn = take(news)
            } catch {
                // Nothing can be served any more, so nothing stays open, and nothing is taken on.
                state.withLock { state in
                    state.switchboard.detach(at: .now)
                    state.isStopping = true
                }
                turn = Turn(isLast: true, events: [.failed(error)])
            }
            turn.events.forEach(report)
        }
    }

    /// What one round of the loop leaves to do without the lock.
    private struct Turn {
        var isLast = false
        var deadline: Monotonic?
        var events: [GatewayEvent] = []
    }

    private func take(_ news: borrowing Poller.News) -> Turn {
        state.withLock { state in
            let now = Monotonic.now
            for index in 0..<news.count {
                let (token, ready) = news[index]
                state.switchboard.handle(Token(token), ready, at: now)
            }
            state.switchboard.goOn(at: now)
            if state.isStopping { state.switchboard.closeLog() }
            return Turn(
                isLast: state.isStopping, deadline: state.switchboard.deadline, events: state.switchboard.takeEvents())
        }
    }
}
