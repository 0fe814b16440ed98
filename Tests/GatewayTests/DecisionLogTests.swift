import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Decision log") struct DecisionLogTests {
    private let start = Monotonic.now
    private let name = GatewayDecision(.name, host: "a.test", verdict: .refused(.notListed))

    private func connection(
        _ host: String = "b.test", port: UInt16 = 443, address: String? = "192.0.2.1",
        verdict: GatewayDecision.Verdict = .allowed, rule: String? = "allow b.test", out: UInt64 = 0, in: UInt64 = 0,
        milliseconds: UInt64 = 0
    ) -> GatewayDecision {
        var decision = GatewayDecision(
            .connection, host: host, port: port, address: address, verdict: verdict, rule: rule)
        decision.bytesOut = out
        decision.bytesIn = `in`
        decision.milliseconds = milliseconds
        return decision
    }

    @Test("the first is reported at once, a thousand equal ones as a sum when the period is over")
    func repeats() {
        var log = DecisionLog(period: .seconds(60), capacity: 256)
        let first = log.record(name, at: start)
        #expect(first == [name])
        let repeats = (0..<1000).flatMap { log.record(name, at: start + .milliseconds($0 * 50)) }
        #expect(repeats.isEmpty)
        #expect(log.deadline == start + .seconds(60))
        let early = log.due(at: start + .milliseconds(59_999))
        #expect(early.isEmpty)
        let due = log.due(at: start + .seconds(60))
        var sum = name.repeated
        sum.count = 1000
        #expect(due == [sum])
        #expect(log.deadline == nil)
        let later = log.due(at: start + .seconds(600))
        #expect(later.isEmpty)
    }

    @Test("bytes and times are added up, an address stays where it is the same")
    func sums() {
        var log = DecisionLog(period: .seconds(60), capacity: 256)
        let first = connection(out: 1, in: 2, milliseconds: 3)
        #expect(log.record(first, at: start) == [first])
        _ = log.record(connection(out: 10, in: 20, milliseconds: 30), at: start)
        _ = log.record(connection(out: 100, in: 200, milliseconds: 300), at: start)
        var sum = connection(out: 110, in: 220, milliseconds: 330).repeated
        sum.count = 2
        #expect(log.close() == [sum])
        _ = log.record(first, at: start)
        _ = log.record(connection(), at: start)
        _ = log.record(connection(address: "192.0.2.2"), at: start)
        #expect(log.close().map(\.address) == [nil])
    }

    @Test("one that did not repeat is not reported again, and names start afresh")
    func single() {
        var log = DecisionLog(period: .seconds(60), capacity: 256)
        _ = log.record(name, at: start)
        #expect(log.due(at: start + .seconds(60)).isEmpty)
        #expect(log.record(name, at: start + .seconds(61)) == [name])
    }

    @Test("a late decision closes the period before it opens the next")
    func late() {
        var log = DecisionLog(period: .seconds(60), capacity: 256)
        _ = log.record(name, at: start)
        _ = log.record(name, at: start)
        #expect(log.record(connection(), at: start + .seconds(90)) == [name.repeated, connection()])
        #expect(log.deadline == start + .seconds(150))
    }

    @Test("kind, host, port, verdict and rule tell decisions apart")
    func keys() {
        var log = DecisionLog(period: .seconds(60), capacity: 256)
        let different = [
            name, connection(), connection(port: 80), connection("c.test"), connection(verdict: .refused(.denied)),
            connection(verdict: .refused(.limit)), connection(rule: "another"), connection(rule: nil),
            GatewayDecision(.name, host: "b.test", verdict: .allowed),
        ]
        #expect(different.flatMap { log.record($0, at: start) } == different)
        #expect(log.close().isEmpty)
    }

    @Test("any number of different ones stays within bounds, told apart only by kind and verdict")
    func flood() {
        var log = DecisionLog(period: .seconds(60), capacity: 256)
        let reports = (0..<10_000).flatMap { index in
            log.record(GatewayDecision(.name, host: "n\(index).test", verdict: .refused(.notListed)), at: start)
        }
        #expect(reports.count == 256)
        // What was refused takes no place from what was let through.
        let allowed = (0..<256).map { connection("n\($0).test") }
        #expect(allowed.flatMap { log.record($0, at: start) } == allowed)
        for index in 256..<266 {
            #expect(log.record(connection("n\(index).test", out: 1, in: 2, milliseconds: 3), at: start).isEmpty)
        }
        let again = GatewayDecision(.name, host: "n0.test", verdict: .refused(.notListed))
        _ = log.record(again, at: start)
        var names = GatewayDecision(.name, host: "", verdict: .refused(.notListed)).repeated
        names.count = 10_000 - 256
        var connections = GatewayDecision(.connection, host: "", verdict: .allowed).repeated
        (connections.count, connections.bytesOut, connections.bytesIn, connections.milliseconds) = (10, 10, 20, 30)
        #expect(log.due(at: start + .seconds(60)) == [again.repeated, names, connections])
    }
}

extension GatewayDecision {
    fileprivate var repeated: GatewayDecision {
        var copy = self
        copy.isRepeated = true
        return copy
    }
}
