import CLinux
import Glibc

/// Waits for many descriptors at once (epoll(7); level-triggered unless asked otherwise). Each is known by a token that the caller chooses
/// and never uses twice, so that news of a descriptor that is gone cannot be taken for news of the next.
public final class Poller: Sendable {
    /// What to wait for. The end of a connection is always waited for.
    public struct Interest: OptionSet, Sendable {
        /// Bits of epoll_ctl(2).
        public let rawValue: UInt32

        /// A set of bits.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// There is something to read or to accept.
        public static let reading = Interest(rawValue: EPOLLIN.rawValue)
        /// There is room to write.
        public static let writing = Interest(rawValue: EPOLLOUT.rawValue)
        /// The other side will send no more.
        public static let ending = Interest(rawValue: EPOLLRDHUP.rawValue)
        /// The connection has failed, or is over in both directions. Reported without being asked for.
        public static let over = Interest(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
        /// Each change is reported once, and not what stays as it is (edge-triggered).
        public static let changes = Interest(rawValue: EPOLLET.rawValue)
    }

    /// Room for the news of one `wait`, made once.
    public struct News: ~Copyable {
        static let capacity = 256
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        /// How many there are.
        public internal(set) var count = 0

        /// Room without news.
        public init() {
            events.initialize(repeating: epoll_event(), count: Self.capacity)
        }

        deinit {
            events.deallocate()
        }

        /// Whose news it is, and what has come; `index` is less than `count`.
        public subscript(index: Int) -> (token: UInt64, ready: Interest) {
            precondition(index < count)
            return (
                task_epoll_token(events, Int32(index)), Interest(rawValue: task_epoll_ready(events, Int32(index)))
            )
        }
    }

    private static let wakeUpToken = UInt64.max
    private let epoll: Descriptor
    private let wakeUp: Descriptor

    /// A poller that waits for nothing yet.
    public init() throws(SystemError) {
        epoll = Descriptor(owning: try check("make", "an epoll descriptor") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
        wakeUp = Descriptor(
            owning: try check("make", "an event descriptor") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) })
        try add(wakeUp, token: Self.wakeUpToken, for: .reading)
    }

    /// Starts to wait for a descriptor. The largest token is taken.
    public func add(_ descriptor: Descriptor, token: UInt64, for interest: Interest) throws(SystemError) {
        try check("wait for", "descriptor \(descriptor.number)") {
            task_epoll_control(epoll.number, EPOLL_CTL_ADD, descriptor.number, interest.rawValue, token)
        }
    }

    /// Changes what is waited for.
    public func change(_ descriptor: Descriptor, token: UInt64, for interest: Interest) throws(SystemError) {
        try check("wait for", "descriptor \(descriptor.number)") {
            task_epoll_control(epoll.number, EPOLL_CTL_MOD, descriptor.number, interest.rawValue, token)
        }
    }

    /// Stops waiting for a descriptor. Closing is not enough where another process has the same socket open: the
    /// kernel would go on reporting it.
    public func remove(_ descriptor: Descriptor) {
        _ = task_epoll_control(epoll.number, EPOLL_CTL_DEL, descriptor.number, 0, 0)
    }

    /// Ends a `wait`, the current one or the next. May be called from any thread.
    public func wake() {
        try? wakeUp.write([1, 0, 0, 0, 0, 0, 0, 0])
    }

    /// Waits until something happens, someone calls `wake`, or the time has come (epoll_wait(2)).
    ///
    /// - Parameters:
    ///   - deadline: nil waits for ever.
    ///   - news: what was there is replaced; none after a wake-up or at the deadline.
    public func wait(until deadline: Monotonic?, _ news: inout News) throws(SystemError) {
        news.count = 0
        let time = deadline.map { Int32(clamping: max(0, $0.milliseconds(from: .now))) } ?? -1
        let count = epoll_wait(epoll.number, news.events, Int32(News.capacity), time)
        if count == -1 {
            if errno == EINTR { return }
            throw SystemError("wait for", "epoll descriptor \(epoll.number)")
        }
        for index in 0..<count {
            if task_epoll_token(news.events, index) == Self.wakeUpToken {
                _ = try? wakeUp.read(atMost: 8)
            } else {
                news.events[news.count] = news.events[Int(index)]
                news.count += 1
            }
        }
    }
}
