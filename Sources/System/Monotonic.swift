import CLinux
import Glibc

/// A point on the clock that no one sets (CLOCK_MONOTONIC, clock_gettime(2)): for time limits, never for display.
public struct Monotonic: Comparable, Sendable {
    private let nanoseconds: Int64

    private init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// This moment.
    public static var now: Monotonic {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Monotonic(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// A later point.
    public static func + (point: Monotonic, duration: Duration) -> Monotonic {
        let parts = duration.components
        return Monotonic(
            nanoseconds: point.nanoseconds + parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000)
    }

    /// Earlier points are smaller.
    public static func < (left: Monotonic, right: Monotonic) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// How many milliseconds lie between, rounded up; negative where `earlier` is later.
    public func milliseconds(from earlier: Monotonic) -> Int64 {
        let span = nanoseconds - earlier.nanoseconds
        // Division rounds towards zero, which is up already where the span is negative.
        return (span > 0 ? span + 999_999 : span) / 1_000_000
    }
}
