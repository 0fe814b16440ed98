/// Where text goes: the standard output, the standard error, or a test.
public struct TextOutput: Sendable {
    private let sink: @Sendable (String) -> Void

    /// Hands every text to `sink`, in order.
    public init(_ sink: @escaping @Sendable (String) -> Void) { self.sink = sink }

    /// Writes `text` as it is.
    public func write(_ text: String) { sink(text) }

    /// Writes `text` and ends the line.
    public func writeLine(_ text: String) { sink(text + "\n") }
}
