import Synchronization

/// Tells of each request to an engine, for people who want to see what is done. Off unless somebody watches.
public enum EngineTrace {
    /// A request that was answered, or never will be. Bodies, headers and queries are not told: there may be secrets
    /// in them.
    public struct Call: Sendable {
        /// The engine's socket.
        public let socket: String
        /// Method and path, without version and query.
        public let route: String
        /// The status of the answer; nil where there was none.
        public let status: Int?
        /// From the request to the head of its answer.
        public let milliseconds: Int64
    }

    private static let watcher = Mutex<(@Sendable (Call) -> Void)?>(nil)

    /// From now on, `watcher` is called for each request, on any thread; nil for nobody.
    public static func watch(_ new: (@Sendable (Call) -> Void)?) {
        watcher.withLock { $0 = new }
    }

    /// True where somebody watches.
    public static var isWatched: Bool { watcher.withLock { $0 != nil } }

    /// The beginning of a request; nil where nobody watches.
    static func begin() -> ContinuousClock.Instant? {
        isWatched ? ContinuousClock.now : nil
    }

    /// The end of the request that began then.
    static func end(_ began: ContinuousClock.Instant?, _ socket: String, _ route: String, status: Int?) {
        guard let began, let watcher = watcher.withLock({ $0 }) else { return }
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        watcher(
            Call(
                socket: socket, route: route, status: status,
                milliseconds: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}
