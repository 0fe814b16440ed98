import Foundation
import NetworkPolicy
import Testing

@Suite("Policy: typed rules") struct ItemTests {
    @Test(
        "an item is a host with perhaps a port",
        arguments: [
            ("example.com", "allow example.com:80,443"), ("Example.com.:8443", "allow example.com:8443"),
            ("*.example.com:22", "allow *.example.com:22"), ("bücher.example", "allow xn--bcher-kva.example:80,443"),
            ("203.0.113.5", "allow 203.0.113.5:80,443"), ("203.0.113.5:22", "allow 203.0.113.5:22"),
            ("10.0.0.0/8:5432", "allow 10.0.0.0/8:5432"), ("2001:db8::1", "allow [2001:db8::1]:80,443"),
            ("[2001:db8::1]:22", "allow [2001:db8::1]:22"), ("[2001:db8::/32]", "allow [2001:db8::/32]:80,443"),
            ("[2001:db8::/32]:22", "allow [2001:db8::/32]:22"),
        ])
    func valid(text: String, expected: String) throws {
        #expect(try PolicyRule(item: text, source: "typed").description == expected)
        let item = try PolicyItem(text)
        #expect(try PolicyItem(item.description) == item)
    }

    @Test(
        "what is not one is refused with the reason",
        arguments: [
            ("example.com:0", "port 0 is not from 1 to 65535"), ("example.com:65536", "port 65536 is not from"),
            ("example.com:65979", "port 65979 is not from"), ("example.com:53", "port 53 is the gateway's own"),
            ("example.com:", "does not end in a port"), ("example.com:443x", "does not end in a port"),
            ("example.com:+443", "does not end in a port"), ("example.com:0443", "does not end in a port"),
            ("https://example.com", "does not end in a port"), ("example.com:443/x", "does not end in a port"),
            ("user@example.com", "before '@'"), ("example.com/path", "is no address and no block"), ("", "is empty"),
            ("2130706433:80", "would be taken for one"), ("127.0.0.1:80", "is the sandbox itself"),
            ("[::1]:80", "is the sandbox itself"), ("[::ffff:127.0.0.1]:80", "is the sandbox itself"),
            ("[fe80::1%eth0]:80", "is no address"), ("[1.2.3.4]:80", "brackets are for IPv6"),
            ("[example.com]:80", "is no address"), ("*.com", "below a top-level domain"), ("*", "every name there is"),
            ("*:443", "every name there is"), ("localhost:3000", "is the sandbox itself"),
            ("api.localhost", "is the sandbox itself"), ("0.0.0.0/1", "a large part of all addresses"),
        ])
    func invalid(text: String, reason: String) {
        do throws(RuleError) {
            let rule = try PolicyRule(item: text, source: "typed")
            Issue.record("accepted: \(rule)")
        } catch {
            #expect(error.description.contains(reason))
        }
    }
}

@Suite("Policy: changes while it is in force") struct ChangeTests {
    private func rule(_ action: PolicyRule.Action, _ item: String) throws -> PolicyRule {
        let item = try PolicyItem(item)
        return PolicyRule(action, item.target, ports: item.port.map { [$0] }, source: "live")
    }

    private func message(_ body: () throws -> Any) -> String {
        do {
            return "no error: \(try body())"
        } catch { return "\(error)" }
    }

    @Test("an allowance is added once")
    func allow() throws {
        let policy = try NetworkPolicy.none.allowing(rule(.allow, "a.test"))
        #expect(policy.rules.count == 1)
        #expect(try policy.allowing(rule(.allow, "a.test")) == policy)
        #expect(try policy.allowing(rule(.allow, "A.test:443")) == policy)
        #expect(try policy.allowing(rule(.allow, "a.test:22")).rules.count == 2)
        #expect(try policy.allowing(rule(.allow, "*.a.test")).rules.count == 2)
    }

    @Test("an allowance that a denial would beat is an error that names it")
    func allowDenied() throws {
        let policy = NetworkPolicy(rules: [try rule(.deny, "*.evil.test"), try rule(.deny, "b.test:22")])
        for item in ["a.evil.test", "*.evil.test", "*.a.evil.test"] {
            #expect(
                message { try policy.allowing(rule(.allow, item)) }
                    == "\(item) stays denied: the rule \"deny *.evil.test\" of live wins\n"
                    + "  next: task policy revoke TASK '*.evil.test'")
        }
        #expect(message { try policy.allowing(rule(.allow, "b.test:22")) }.contains("\"deny b.test:22\""))
        #expect(try policy.allowing(rule(.allow, "b.test:443")).rules.count == 3)
        #expect(try policy.allowing(rule(.allow, "evil.test")).rules.count == 3)
        #expect(try policy.allowing(rule(.allow, "*.test")).rules.count == 3)
        let network = NetworkPolicy(rules: [try rule(.deny, "10.0.0.0/8")])
        #expect(message { try network.allowing(rule(.allow, "10.1.0.0/16")) }.contains("\"deny 10.0.0.0/8\""))
        #expect(try network.allowing(rule(.allow, "11.0.0.0/8")).rules.count == 2)
    }

    @Test("a denial is added once, and is about every port unless one is named")
    func deny() throws {
        let policy = try NetworkPolicy.none.denying(rule(.deny, "a.test"))
        #expect(policy.rules[0].ports.isEmpty)
        #expect(try policy.denying(rule(.deny, "a.test:22")) == policy)
        let one = try NetworkPolicy.none.denying(rule(.deny, "a.test:22"))
        #expect(try one.denying(rule(.deny, "a.test")).rules.count == 2)
    }

    @Test("revoking takes out what is exactly that, and says what else allows it")
    func revoke() throws {
        let rules = [
            try rule(.allow, "a.test"), try rule(.allow, "a.test:22"), try rule(.deny, "b.test"),
            try rule(.allow, "*.test"),
        ]
        let policy = NetworkPolicy(rules: rules)
        let name = try PolicyItem("a.test").target
        let all = try policy.revoking(name)
        #expect(all.policy.rules == [rules[2], rules[3]])
        #expect(all.removed == [rules[0], rules[1]])
        #expect(all.remaining == [rules[3]])
        let one = try policy.revoking(name, port: 80)
        #expect(
            one.policy.rules.map(\.description) == [
                "allow a.test:443", "allow a.test:22", "deny b.test", "allow *.test:80,443",
            ])
        #expect(one.removed == [rules[0]] && one.remaining == [rules[3]])
        #expect(try policy.revoking(name, port: 22).remaining.isEmpty)
        #expect(try policy.revoking(PolicyItem("b.test").target).policy.rules.count == 3)
        #expect(
            message { try policy.revoking(name, port: 8080) }
                == "no rule is about exactly a.test:8080\n  next: task policy show --task TASK")
        #expect(
            message { try policy.revoking(PolicyItem("c.a.test").target) }.hasPrefix(
                "no rule is about exactly c.a.test"))
        #expect(message { try policy.revoking(PolicyItem("b.test").target, port: 80) }.contains("is about every port"))
    }

    @Test("at most 64 ports, since each is a listener")
    func ports() throws {
        var policy = NetworkPolicy.none
        for port in 1000..<1062 { policy = try policy.allowing(rule(.allow, "a.test:\(port)")) }
        #expect(policy.ports.count == 64)
        #expect(message { try policy.allowing(rule(.allow, "a.test:2000")) }.contains("65 different ports"))
    }
}

@Suite("Policy: in a task's state") struct StoredPolicyTests {
    private func policy() throws -> NetworkPolicy {
        NetworkPolicy(rules: [
            PolicyRule(
                .allow, try PolicyItem("*.x.test").target, ports: [443],
                addresses: [try #require(IPNetwork("10.0.0.0/8"))],
                reason: "r\u{1b}", source: "github"),
            try PolicyRule(item: "b.test", action: .deny, source: "live"),
            try PolicyRule(item: "203.0.113.0/24:22", source: "typed"),
            PolicyRule(.allow, .anyName, source: "broad"),
        ])
    }

    @Test("what is stored is read back the same")
    func roundTrip() throws {
        let policy = try policy()
        let data = try JSONEncoder().encode(policy)
        #expect(try JSONDecoder().decode(NetworkPolicy.self, from: data) == policy)
        for rule in policy.rules {
            #expect(try JSONDecoder().decode(PolicyRule.self, from: Data(rule.json.utf8)) == rule)
        }
    }

    @Test(
        "what is damaged is an error",
        arguments: [
            "{}", "[]", "null", #"{"rules":null}"#, #"{"rules":[],"x":1}"#, #"{"rules":[{}]}"#,
            #"{"rules":[{"action":"allow","source":"s","ports":[443]}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test","source":"s"}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test","ports":[443]}]}"#,
            #"{"rules":[{"action":"allow","domain":"A.test","ports":[443],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test.","ports":[443],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","domain":"127.0.0.1","ports":[443],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","address":"127.0.0.1","ports":[443],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","address":"1.2.3.4/32","ports":[443],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test","address":"1.2.3.4","ports":[443],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test","ports":[53],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test","ports":[65536],"source":"s"}]}"#,
            #"{"rules":[{"action":"maybe","domain":"a.test","ports":[443],"source":"s"}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test","ports":[443],"source":"s","port":1}]}"#,
            #"{"rules":[{"action":"allow","domain":"a.test","ports":[443],"source":"s","addresses":["x"]}]}"#,
        ])
    func damaged(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(NetworkPolicy.self, from: Data(text.utf8)) }
    }

    @Test("the canonical text depends on what is decided, and on nothing else")
    func canonical() throws {
        let policy = try policy()
        #expect(
            String(decoding: policy.canonicalText, as: UTF8.self) == #"{"rules":["#
                + #"{"action":"allow","address":"203.0.113.0/24","ports":[22]},"#
                + #"{"action":"allow","domain":"*","ports":[80,443]},"#
                + #"{"action":"allow","domain":"*.x.test","ports":[443],"addresses":["10.0.0.0/8"]},"#
                + #"{"action":"deny","domain":"b.test"}]}"#)
        var other = NetworkPolicy(rules: policy.rules.reversed() + policy.rules)
        other.rules[0].source = "elsewhere"
        other.rules[0].reason = nil
        #expect(other.canonicalText == policy.canonicalText)
        other.rules[0].ports.append(8080)
        #expect(other.canonicalText != policy.canonicalText)
        #expect(String(decoding: NetworkPolicy.none.canonicalText, as: UTF8.self) == #"{"rules":[]}"#)
    }

    @Test("shared hosts that take uploads are warned about")
    func warnings() throws {
        let items = ["github.com", "example.com", "*.s3.example.com", "registry.npmjs.org:443", "10.0.0.0/8"]
        var policy = NetworkPolicy(rules: try items.map { try PolicyRule(item: $0, source: "s") })
        policy.rules.append(PolicyRule(.allow, try PolicyItem("*.amazonaws.com").target, source: "s"))
        policy.rules.append(try PolicyRule(item: "gitlab.com", action: .deny, source: "s"))
        #expect(
            policy.warnings.map { String($0.prefix { $0 != ":" }) } == [
                "github.com", "registry.npmjs.org", "*.amazonaws.com",
            ])
    }
}

@Suite("Policy: learning") struct LearnedPolicyTests {
    private func refused(_ host: String, _ port: UInt16?, _ reason: RefusalReason = .notListed) -> RefusedConnection {
        RefusedConnection(host: host, port: port, reason: reason)
    }

    @Test("the file is stable, names hosts exactly, and allows what was refused")
    func file() throws {
        let list = [
            refused("b.test", nil), refused("A.test.", 8443, .portNotListed), refused("a.test", 443),
            refused("a.test", nil),
            refused("b.test", nil), refused("203.0.113.1", 80), refused("evil.test", 443, .denied),
            refused("rebind.test", 80, .notPublic), refused("x\u{1b}]0;\n.test", 80), refused("localhost", 80),
            refused("slow.test", 443, .unreachable), refused("a.test", 53, .portNotListed),
        ]
        let learned = LearnedPolicy(list, purpose: "what \"t\" was refused")
        let text = try #require(learned.text)
        #expect(
            text == """
                {
                  "purpose": "what \\"t\\" was refused",
                  "rules": [
                    {"domain": "a.test", "ports": [443, 8443]},
                    {"domain": "b.test"}
                  ]
                }

                """)
        #expect(LearnedPolicy(list.reversed(), purpose: "what \"t\" was refused") == learned)
        #expect(
            learned.notes == [
                "left out \"203.0.113.1\": an address needs a rule of its own, written by hand",
                "left out \"a.test\": port 53 is the gateway's own", "left out \"evil.test\": a rule denies it",
                "left out \"localhost\": it is the sandbox itself",
                "left out \"rebind.test\": it leads to an address that is not public: a rule must name that, too",
                "left out \"slow.test\": the policy was not the trouble",
                "left out \"x\\u001b]0;\\n.test\": it is no name of a host",
            ])
        let entries = try PolicyFile(parsing: Array(text.utf8), source: "learned").entries
        #expect(entries.count == 2)
    }

    @Test("a scan of all ports makes no policy that cannot be")
    func ports() throws {
        let scan = (1000..<1100).map { refused("b.test", $0) }
        let list =
            scan + [refused("a.test", 9000), refused("c.test", 1000), refused("c.test", 443), refused("d.test", 2000)]
        let learned = LearnedPolicy(list, purpose: "p")
        let file = try PolicyFile(parsing: Array(try #require(learned.text).utf8), source: "learned")
        let policy = NetworkPolicy(
            rules: file.entries.compactMap { if case .rule(let rule) = $0.content { rule } else { nil } })
        try policy.validate()
        #expect(policy.ports.count == 64)
        #expect(
            policy.rules.map(\.target.description) == ["a.test", "b.test", "c.test"], "no rule with the usual ports")
        #expect(policy.rules.map(\.ports.count) == [1, 61, 2])
        #expect(
            learned.notes == [
                "left out 1 ports of d.test: a policy has at most 64, 80 and 443 among them",
                "left out 39 ports of b.test: a policy has at most 64, 80 and 443 among them",
            ])
    }

    @Test("nothing learned is no file")
    func nothing() {
        #expect(LearnedPolicy([], purpose: "p").text == nil)
        #expect(LearnedPolicy([refused("evil.test", 443, .denied)], purpose: "p").text == nil)
        #expect(LearnedPolicy([refused("1.0.18.198.in-addr.arpa", nil)], purpose: "p").text == nil)
    }
}
