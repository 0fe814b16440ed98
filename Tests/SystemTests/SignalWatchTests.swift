import Glibc
import Synchronization
import Testing

@testable import System

/// Signals are the whole process's: one test at a time.
@Suite("signals that are watched for", .serialized)
struct SignalWatchTests {
    private final class Count: Sendable {
        private let value = Mutex(0)
        var now: Int { value.withLock { $0 } }

        func up() { value.withLock { $0 += 1 } }
    }

    /// Delivered before this returns, whatever the thread's mask was.
    private static func signalOneself(_ number: Int32) {
        var set = sigset_t()
        var mask = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, &mask)
        raise(number)
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }

    @Test("one that comes at once is told, every time")
    func atOnce() {
        let previous = signal(SIGUSR1, SIG_IGN)
        defer { signal(SIGUSR1, previous) }
        for round in 1...50 {
            let told = Count()
            let watch = SignalWatch([SIGUSR1]) { told.up() }
            kill(getpid(), SIGUSR1)
            let deadline = Monotonic.now + .seconds(20)
            while told.now == 0, Monotonic.now < deadline { usleep(100) }
            withExtendedLifetime(watch) {}
            #expect(told.now == 1)
            if told.now != 1 {
                Issue.record("in round \(round)")
                return
            }
        }
    }

    @Test("one that came before the watch goes is told before it has gone, and none is told afterwards")
    func beforeGoing() {
        let previous = signal(SIGUSR1, SIG_IGN)
        defer { signal(SIGUSR1, previous) }
        for _ in 1...50 {
            let told = Count()
            var watch: SignalWatch? = SignalWatch([SIGUSR1]) { told.up() }
            withExtendedLifetime(watch) { Self.signalOneself(SIGUSR1) }
            watch = nil
            #expect(told.now == 1)
            Self.signalOneself(SIGUSR1)
            #expect(told.now == 1)
        }
    }

    @Test("those who watch for the same are all told, and the last to go leaves it as it was")
    func several() {
        let previous = signal(SIGUSR1, SIG_IGN)
        defer { signal(SIGUSR1, previous) }
        let (one, two) = (Count(), Count())
        var first: SignalWatch? = SignalWatch([SIGUSR1, SIGUSR2]) { one.up() }
        var second: SignalWatch? = SignalWatch([SIGUSR1]) { two.up() }
        withExtendedLifetime((first, second)) { Self.signalOneself(SIGUSR1) }
        first = nil
        withExtendedLifetime(second) { Self.signalOneself(SIGUSR1) }
        second = nil
        #expect((one.now, two.now) == (1, 2))
        #expect(unsafeBitCast(signal(SIGUSR1, SIG_IGN), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self))
    }
}
