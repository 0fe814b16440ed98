extension EngineClient {
    /// What happens from now on, or from a moment on: `GET /events?since=&filters=`. When this returns, the engine is
    /// listening: what happens after is not missed.
    ///
    /// - Parameters:
    ///   - labels: only objects that have all of these labels, each `key` or `key=value`.
    ///   - types: only objects of these types (`container`, `image`, `volume`); all where it is empty.
    ///   - since: a moment in nanoseconds since 1970 from which the past is told first.
    public func events(
        labels: [String] = [], types: [String] = [], since: Int64? = nil
    ) async throws(EngineError) -> EventStream {
        let target = Target("/events").with("since", since.map(Self.timestamp))
            .with(filters: ["label": labels, "type": types])
        return EventStream(try await stream(.get, target))
    }

    /// Seconds and nine decimals, as the API writes moments.
    static func timestamp(_ nanoseconds: Int64) -> String {
        let fraction = String(nanoseconds % 1_000_000_000)
        return "\(nanoseconds / 1_000_000_000).\(String(repeating: "0", count: 9 - fraction.utf8.count))\(fraction)"
    }
}

/// What happens in an engine, as it happens. It ends when the engine does.
///
/// One task may read it, once. Dropping it ends the request.
public struct EventStream: AsyncSequence, Sendable {
    private let response: ResponseStream

    init(_ response: ResponseStream) {
        self.response = response
    }

    /// The reader's side.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let response: ResponseStream
        private var lines = JSONLines()
        private var ready: ArraySlice<[UInt8]> = []

        fileprivate init(_ response: ResponseStream) {
            self.response = response
        }

        /// The next event, or `nil` when the engine ends the stream.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(EngineError) -> EngineEvent? {
            while true {
                if let line = ready.popFirst() {
                    return try Wire.decode(EngineEvent.self, line, route: response.route)
                }
                guard let bytes = try await response.next() else { return nil }
                do throws(JSONLines.TooLong) {
                    ready = try lines.receive(bytes)[...]
                } catch {
                    throw .malformed(route: response.route, what: "a line is longer than \(Wire.lineLimit) bytes")
                }
            }
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(response) }
}
