import CLinux
import Glibc

/// Waits for many descriptors at once (epoll(7), level-triggered). Each is known by a token that the caller chooses
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
    /// - Parameter deadline: nil waits for ever.
    /// - Returns: the tokens of at most 64 descriptors that have news; none after a wake-up or at the deadline.
    public func wait(until deadline: Monotonic?) throws(SystemError) -> [UInt64] {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        let time = deadline.map { Int32(clamping: max(0, $0.milliseconds(from: .now))) } ?? -1
        let count = epoll_wait(epoll.number, &events, Int32(events.count), time)
        if count == -1 {
            if errno == EINTR { return [] }
            throw SystemError("wait for", "epoll descriptor \(epoll.number)")
        }
        return (0..<count).compactMap { index in
            let token = task_epoll_token(events, index)
            if token != Self.wakeUpToken { return token }
            _ = try? wakeUp.read(atMost: 8)
            return nil
        }
    }
}
