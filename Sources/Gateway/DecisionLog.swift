import System

/// Decides which decisions are reported, so that an agent that tries without end cannot fill a disk: the first of a kind
/// at once, the rest as a sum when the period is over, and only so many different ones by name. Pure; the time is
/// passed in.
struct DecisionLog {
    /// What makes decisions equal.
    private struct Key: Hashable {
        let kind: GatewayDecision.Kind
        let host: String
        let port: UInt16?
        let verdict: GatewayDecision.Verdict
        let rule: String?
    }

    private let period: Duration
    private let capacity: Int
    private var order: [Key] = []
    /// How many different ones were named of those that were let through, and of those that were refused.
    private var named = (allowed: 0, refused: 0)
    /// What was counted of each; nil where only the first came, which was reported.
    private var sums: [Key: GatewayDecision?] = [:]

    /// When the current period ends; nil while nothing is counted, so that an idle gateway needs no timer.
    private(set) var deadline: Monotonic?

    /// A log that names at most `capacity` different decisions of either verdict in a period, which starts with the first
    /// of them: whoever is refused without end cannot hide where it was let through. Those beyond are counted for each
    /// kind and verdict, with an empty host.
    init(period: Duration, capacity: Int) {
        self.period = period
        self.capacity = capacity
    }

    /// Takes note of a decision and returns what is to be reported now.
    mutating func record(_ decision: GatewayDecision, at now: Monotonic) -> [GatewayDecision] {
        var reports = due(at: now)
        if deadline == nil { deadline = now + period }
        let key = Key(
            kind: decision.kind, host: decision.host, port: decision.port, verdict: decision.verdict,
            rule: decision.rule)
        if sums[key] != nil {
            add(decision, to: key)
        } else if takePlace(decision.verdict) {
            order.append(key)
            sums[key] = .some(nil)
            reports.append(decision)
        } else {
            let rest = GatewayDecision(decision.kind, host: "", verdict: decision.verdict)
            let unnamed = Key(kind: rest.kind, host: "", port: nil, verdict: rest.verdict, rule: nil)
            if sums[unnamed] == nil { order.append(unnamed) }
            add(rest.replacingSums(with: decision), to: unnamed)
        }
        return reports
    }

    /// What is to be reported where the period is over; nothing before that.
    mutating func due(at now: Monotonic) -> [GatewayDecision] {
        guard let deadline, now >= deadline else { return [] }
        return close()
    }

    /// Ends the period: what was counted in it, in the order in which it came first.
    mutating func close() -> [GatewayDecision] {
        let reports = order.compactMap { sums[$0] ?? nil }
        self = DecisionLog(period: period, capacity: capacity)
        return reports
    }

    /// False where there is none left.
    private mutating func takePlace(_ verdict: GatewayDecision.Verdict) -> Bool {
        if verdict == .allowed {
            named.allowed += 1
            return named.allowed <= capacity
        }
        named.refused += 1
        return named.refused <= capacity
    }

    private mutating func add(_ decision: GatewayDecision, to key: Key) {
        guard var sum = sums[key] ?? nil else {
            var first = decision
            first.isRepeated = true
            sums[key] = first
            return
        }
        sum.count += decision.count
        sum.bytesOut += decision.bytesOut
        sum.bytesIn += decision.bytesIn
        sum.milliseconds += decision.milliseconds
        if sum.address != decision.address { sum.address = nil }
        sums[key] = sum
    }
}

extension GatewayDecision {
    /// This one with the numbers of another.
    fileprivate func replacingSums(with other: GatewayDecision) -> GatewayDecision {
        var copy = self
        copy.count = other.count
        copy.bytesOut = other.bytesOut
        copy.bytesIn = other.bytesIn
        copy.milliseconds = other.milliseconds
        return copy
    }
}
