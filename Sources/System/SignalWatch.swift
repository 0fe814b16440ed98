import Dispatch
import Glibc

/// Calls a function when one of some signals arrives, on a dispatch queue instead of in a signal handler.
public final class SignalWatch: Sendable {
    // Dispatch does not say so, but its sources may be used from any thread.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]
    // What the signals did before, and do again afterwards.
    private let previous: [(Int32, __sighandler_t?)]

    /// Takes the signals over until this object goes.
    public init(_ numbers: [Int32], _ handler: @escaping @Sendable () -> Void) {
        previous = numbers.map { ($0, signal($0, SIG_IGN)) }
        sources = numbers.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: handler)
            source.resume()
            return source
        }
    }

    deinit {
        sources.forEach { $0.cancel() }
        for (number, handler) in previous { signal(number, handler) }
    }
}
