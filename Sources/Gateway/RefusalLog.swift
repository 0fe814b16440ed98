import System

/// Decides which refusals are reported, so that an agent that tries without end cannot fill a disk: the first of a
/// kind at once, the rest as a number when the period is over, and only so many different ones by name. Pure; the
/// time is passed in.
struct RefusalLog {
    private let period: Duration
    private let capacity: Int
    private var named: [Refusal] = []
    private var counts: [Refusal: Int] = [:]
    private var unnamed = 0

    /// When the current period ends; nil while nothing is counted, so that an idle gateway needs no timer.
    private(set) var deadline: Monotonic?

    /// A log that names at most `capacity` different refusals in a period, which starts with the first of them.
    init(period: Duration, capacity: Int) {
        self.period = period
        self.capacity = capacity
    }

    /// Takes note of a refusal and returns what is to be reported now.
    mutating func record(_ refusal: Refusal, at now: Monotonic) -> [GatewayEvent] {
        var events = due(at: now)
        if deadline == nil { deadline = now + period }
        if let count = counts[refusal] {
            counts[refusal] = count + 1
        } else if named.count < capacity {
            named.append(refusal)
            counts[refusal] = 0
            events.append(.refused(refusal))
        } else {
            unnamed += 1
        }
        return events
    }

    /// What is to be reported where the period is over; nothing before that.
    mutating func due(at now: Monotonic) -> [GatewayEvent] {
        guard let deadline, now >= deadline else { return [] }
        return close()
    }

    /// Ends the period: what was counted in it, in the order in which it came first.
    mutating func close() -> [GatewayEvent] {
        var events: [GatewayEvent] = named.compactMap { refusal in
            guard let count = counts[refusal], count > 0 else { return nil }
            return .repeated(refusal, count: count)
        }
        if unnamed > 0 { events.append(.unnamed(count: unnamed)) }
        self = RefusalLog(period: period, capacity: capacity)
        return events
    }
}
