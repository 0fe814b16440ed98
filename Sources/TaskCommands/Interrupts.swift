import Glibc
import Synchronization
import System

/// SIGINT and SIGTERM while a command makes something that can be taken back. Signals are the whole process's, and so
/// is this.
enum Interrupts {
    private struct State {
        var watches: [SignalWatch] = []
        var received: Int32?
    }

    private static let state = Mutex(State())

    /// From now on the signals only call a function.
    static func take(_ handler: @escaping @Sendable () -> Void) {
        release()
        let watches = [SIGINT, SIGTERM].map { number in
            SignalWatch([number]) {
                state.withLock { $0.received = number }
                handler()
            }
        }
        state.withLock { $0.watches = watches }
    }

    /// From now on the signals do what they did before.
    ///
    /// - Returns: the last that came in between; nil for none.
    @discardableResult
    static func release() -> Int32? {
        // Outside of the lock: watches that go tell what has arrived.
        _ = state.withLock { state in
            defer { state.watches = [] }
            return state.watches
        }
        return state.withLock { state in
            defer { state.received = nil }
            return state.received
        }
    }
}
