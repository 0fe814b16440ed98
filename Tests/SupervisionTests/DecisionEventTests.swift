import Gateway
import NetworkPolicy
import TaskModel
import Testing

@testable import Supervision

@Suite("Events about the gateway's decisions") struct DecisionEventTests {
    @Test("what was let through has its bytes, to however many addresses it went", arguments: ["192.0.2.1", nil])
    func bytes(address: String?) {
        var decision = GatewayDecision(
            .connection, host: "a.test", port: 443, address: address, verdict: .allowed, rule: "allow a.test")
        (decision.count, decision.bytesOut, decision.bytesIn, decision.milliseconds) = (2, 10, 20, 30)
        var expected: [String: TaskEvent.Value] = [
            "host": "a.test", "port": 443, "rule": "allow a.test", "count": 2, "bytesOut": 10, "bytesIn": 20,
            "milliseconds": 30,
        ]
        expected["address"] = address.map { .text($0) }
        #expect(decision.eventData == expected)
    }

    @Test("what was cut has them too; what never was connected has none")
    func refused() {
        var decision = GatewayDecision(.connection, host: "", verdict: .refused(.denied))
        #expect(decision.eventData == ["host": "", "count": 1, "reason": "denied by a rule"])
        decision.bytesOut = 1
        #expect(decision.eventData["bytesOut"] == 1)
        let name = GatewayDecision(.name, host: "b.test", verdict: .refused(.notListed))
        #expect(name.eventData == ["host": "b.test", "count": 1, "reason": "not listed"])
    }
}
