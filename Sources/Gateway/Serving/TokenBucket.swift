import System

/// Lets so many events a second pass, and a number of them at once after a rest. Pure; the time is passed in.
struct TokenBucket {
    private let perSecond: Int64
    private let burst: Int64
    private var last: Monotonic
    /// Nobody rests longer than this, so that the numbers stay small.
    private static let longest: Int64 = 1_000_000
    /// In thousandths.
    private var left: Int64

    init(perSecond: Int, burst: Int, at now: Monotonic) {
        self.perSecond = Int64(perSecond)
        self.burst = Int64(burst)
        last = now
        left = self.burst * 1000
    }

    /// True where one more may pass now.
    mutating func take(at now: Monotonic) -> Bool {
        guard hasSome(at: now) else { return false }
        left -= 1000
        return true
    }

    /// Whether one more could pass now.
    mutating func hasSome(at now: Monotonic) -> Bool {
        // Whole milliseconds that are over; the rest counts the next time.
        let elapsed = now.milliseconds(from: last) - 1
        if elapsed > 0 {
            left = min(burst * 1000, left + min(elapsed, Self.longest) * perSecond)
            last = last + .milliseconds(elapsed)
        }
        return left >= 1000
    }
}
