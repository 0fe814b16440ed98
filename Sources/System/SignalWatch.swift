/// Calls a function when one of some signals arrives, on a dispatch queue instead of in a signal handler.
///
/// No signal is missed between its making and its going. Dispatch's own sources for signals cannot promise that: they
/// begin to look some time after they were made, and end to look some time after they were cancelled.
public final class SignalWatch: Sendable {
    private let id: Int

    /// Takes the signals over until this object goes, which the function must not make it do. What has arrived by then is
    /// told first.
    public init(_ numbers: [Int32], _ handler: @escaping @Sendable () -> Void) {
        id = SignalRelay.shared.add(numbers, handler)
    }

    deinit { SignalRelay.shared.remove(id) }
}
