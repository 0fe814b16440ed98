import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Refusal log") struct RefusalLogTests {
    private let start = Monotonic.now
    private let one = Refusal.name("a.test", reason: .notListed)
    private let two = Refusal.connection(to: "192.0.2.1", port: 443, reason: .notListed)

    @Test("the first is reported at once, a thousand equal ones as a number when the minute is over")
    func repeats() {
        var log = RefusalLog(period: .seconds(60), capacity: 256)
        let first = log.record(one, at: start)
        #expect(first == [.refused(one)])
        let repeats = (0..<1000).flatMap { log.record(one, at: start + .milliseconds($0 * 50)) }
        #expect(repeats.isEmpty)
        #expect(log.deadline == start + .seconds(60))
        let early = log.due(at: start + .milliseconds(59_999))
        #expect(early.isEmpty)
        let due = log.due(at: start + .seconds(60))
        #expect(due == [.repeated(one, count: 1000)])
        #expect(log.deadline == nil)
        let later = log.due(at: start + .seconds(600))
        #expect(later.isEmpty)
    }

    @Test("one that did not repeat is not reported again, and names start afresh")
    func single() {
        var log = RefusalLog(period: .seconds(60), capacity: 256)
        _ = log.record(one, at: start)
        let due = log.due(at: start + .seconds(60))
        #expect(due.isEmpty)
        let again = log.record(one, at: start + .seconds(61))
        #expect(again == [.refused(one)])
    }

    @Test("a late refusal closes the minute before it opens the next")
    func late() {
        var log = RefusalLog(period: .seconds(60), capacity: 256)
        _ = log.record(one, at: start)
        _ = log.record(one, at: start)
        let events = log.record(two, at: start + .seconds(90))
        #expect(events == [.repeated(one, count: 1), .refused(two)])
        #expect(log.deadline == start + .seconds(150))
    }

    @Test("kind, host and port tell refusals apart")
    func keys() {
        var log = RefusalLog(period: .seconds(60), capacity: 256)
        let different: [Refusal] = [
            one, two, .name("192.0.2.1", reason: .notListed),
            .connection(to: "192.0.2.1", port: 80, reason: .notListed),
            .connection(to: "192.0.2.2", port: 443, reason: .notListed),
        ]
        let events = different.flatMap { log.record($0, at: start) }
        #expect(events == different.map { .refused($0) })
        let rest = log.close()
        #expect(rest.isEmpty)
    }

    @Test("any number of different ones stays within bounds")
    func flood() {
        var log = RefusalLog(period: .seconds(60), capacity: 256)
        let events = (0..<100_000).flatMap { log.record(.name("n\($0).test", reason: .notListed), at: start) }
        #expect(events.count == 256)
        _ = log.record(.name("n0.test", reason: .notListed), at: start)
        let due = log.due(at: start + .seconds(60))
        #expect(due == [.repeated(.name("n0.test", reason: .notListed), count: 1), .unnamed(count: 100_000 - 256)])
    }
}
