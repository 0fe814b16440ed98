import Synchronization

/// A request on its way: what the transport thread and the waiting task share.
final class Transfer: Sendable {
    let request: Request
    private let state = Mutex(Shared())

    private struct Shared {
        var exchange = Exchange()
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    init(_ request: Request) {
        self.request = request
    }

    /// Looks at what has arrived, or takes from it.
    func look<Result: Sendable>(_ body: (inout Exchange) -> Result) -> Result {
        state.withLock { body(&$0.exchange) }
    }

    /// The transport thread's side: something arrives; whoever waits is woken.
    func arrive<Result: Sendable>(_ body: (inout Exchange) -> Result) -> Result {
        let (result, waiters) = state.withLock { state in
            let result = body(&state.exchange)
            defer { state.waiters = [] }
            return (result, state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        return result
    }

    /// Waits until the exchange is as wanted. Its end satisfies every wish, so this cannot wait for ever.
    func wait(until isReady: (Exchange) -> Bool) async {
        while !look({ isReady($0) }) {
            await withCheckedContinuation { continuation in
                let isReadyNow = state.withLock { state in
                    if isReady(state.exchange) { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isReadyNow { continuation.resume() }
            }
        }
    }
}
