import NetworkPolicy
import Testing

/// A generator with a seed, so that what fails once fails again (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

@Suite("Policy: decisions") struct DecisionTests {
    private func name(_ text: String) throws -> HostName { try #require(HostName(text)) }

    private func rule(_ action: PolicyRule.Action, _ item: String, source: String = "test") throws -> PolicyRule {
        try PolicyRule(item: item, action: action, source: source)
    }

    @Test("a denial wins, wherever it stands, and nothing listed means nothing allowed")
    func order() throws {
        let allow = try rule(.allow, "*.example.com")
        let deny = try rule(.deny, "bad.example.com")
        for rules in [[allow, deny], [deny, allow]] {
            let policy = NetworkPolicy(rules: rules)
            #expect(policy.decide(try name("bad.example.com"), port: 443) == .refuse(.denied, rule: deny))
            #expect(policy.decide(try name("a.example.com"), port: 443) == .allow(rule: allow))
            #expect(policy.decide(try name("a.example.com"), port: 22) == .refuse(.portNotListed, rule: nil))
            #expect(policy.decide(try name("example.com"), port: 443) == .refuse(.notListed, rule: nil))
        }
        #expect(NetworkPolicy.none.decide(try name("example.com"), port: 443) == .refuse(.notListed, rule: nil))
        #expect(
            NetworkPolicy.none.decide(try #require(IPAddress("1.1.1.1")), port: 443) == .refuse(.notListed, rule: nil))
    }

    @Test("a name exists where any of its ports may be reached")
    func existence() throws {
        let policy = NetworkPolicy(rules: [
            try rule(.allow, "a.test:22"), try rule(.allow, "b.test:22"), try rule(.deny, "b.test"),
            try rule(.allow, "c.test:22"), try rule(.allow, "c.test:80"), try rule(.deny, "c.test:22"),
        ])
        #expect(policy.decide(try name("a.test")).isAllowed)
        #expect(policy.decide(try name("b.test")) == .refuse(.denied, rule: policy.rules[2]))
        #expect(policy.decide(try name("c.test")).isAllowed)
        #expect(policy.decide(try name("d.test")) == .refuse(.notListed, rule: nil))
    }

    @Test("an address is allowed by its own rule only, and never where it is the sandbox itself")
    func addresses() throws {
        let broad = PolicyRule(.allow, .network(try #require(IPNetwork("0.0.0.0/0"))), source: "test")
        let policy = NetworkPolicy(rules: [broad, PolicyRule(.allow, .anyName, source: "test")])
        #expect(policy.decide(try #require(IPAddress("10.1.2.3")), port: 80).isAllowed)
        for text in ["127.0.0.1", "0.0.0.0", "169.254.169.254", "198.18.0.1", "224.0.0.1", "255.255.255.255"] {
            #expect(policy.decide(try #require(IPAddress(text)), port: 80) == .refuse(.notPublic, rule: nil), "\(text)")
        }
        let names = NetworkPolicy(rules: [PolicyRule(.allow, .anyName, source: "test")])
        #expect(!names.decide(try #require(IPAddress("203.0.113.1")), port: 80).isAllowed)
    }

    @Test(
        "a block of addresses names no cloud's metadata service; the address itself does",
        arguments: ["100.100.100.200", "168.63.129.16", "fd00:ec2::254"])
    func metadata(text: String) throws {
        let address = try #require(IPAddress(text))
        let host = try name("a.test")
        func permits(_ block: String) throws -> Bool {
            let rule = PolicyRule(
                .allow, .name(host), addresses: [try #require(IPNetwork(block))], source: "test")
            return NetworkPolicy(rules: [rule]).permits(address, for: host, port: 443)
        }
        #expect(!address.isPublic)
        #expect(try permits(text))
        #expect(try !permits(address.isV4 ? "0.0.0.0/0" : "::/0"))
    }

    @Test("only a rule that allows the name and names the address lets it lead there")
    func permits() throws {
        let block = try #require(IPNetwork("10.0.0.0/8"))
        let inside = try #require(IPAddress("10.1.1.1"))
        let host = try name("a.test")
        let allow = PolicyRule(.allow, .name(host), ports: [443], addresses: [block], source: "test")
        #expect(NetworkPolicy(rules: [allow]).permits(inside, for: host, port: 443))
        #expect(!NetworkPolicy(rules: [allow]).permits(inside, for: host, port: 80))
        #expect(!NetworkPolicy(rules: [allow]).permits(try #require(IPAddress("11.0.0.1")), for: host, port: 443))
        #expect(!NetworkPolicy(rules: [allow]).permits(inside, for: try name("b.test"), port: 443))
        #expect(!NetworkPolicy(rules: [try rule(.allow, "a.test")]).permits(inside, for: host, port: 443))
    }

    @Test("an explanation has every rule that had a part")
    func explanation() throws {
        let rules = [
            try rule(.allow, "*.example.com"), try rule(.allow, "a.example.com:443"),
            try rule(.allow, "a.example.com:22"),
            try rule(.deny, "b.example.com"),
        ]
        let explanation = NetworkPolicy(rules: rules).explain(try name("a.example.com"), port: 443)
        #expect(explanation.decision == .allow(rule: rules[0]))
        #expect(explanation.matching == [rules[0], rules[1]])
        #expect(explanation.otherPorts == [rules[2]])
    }

    @Test("the index decides as reading all rules would", arguments: 0..<40)
    func reference(seed: Int) throws {
        var random = SeededGenerator(state: UInt64(seed))
        let labels = ["a", "b", "com", "xa", "a-b"]
        func anyName() -> String {
            (0..<Int.random(in: 1...4, using: &random)).map { _ in labels.randomElement(using: &random) ?? "a" }
                .joined(separator: ".")
        }
        func ports() -> [UInt16]? {
            Bool.random(using: &random) ? nil : [[22, 80, 443].randomElement(using: &random) ?? 22]
        }
        var policy = NetworkPolicy()
        for index in 0..<Int.random(in: 0...40, using: &random) {
            let target: PolicyRule.Target
            switch Int.random(in: 0..<20, using: &random) {
            case 0: target = .anyName
            case 1..<11: target = .name(try name(anyName()))
            default: target = .below(try name(anyName()))
            }
            let action: PolicyRule.Action = Int.random(in: 0..<4, using: &random) == 0 ? .deny : .allow
            policy.rules.append(PolicyRule(action, target, ports: ports(), source: "\(index)"))
        }
        for _ in 0..<200 {
            let host = anyName()
            let port: UInt16 = [22, 80, 443, 8080].randomElement(using: &random) ?? 22
            #expect(
                policy.decide(try name(host), port: port).isAllowed == naive(policy.rules, host, port),
                "\(host):\(port) by \(policy.rules)")
        }
    }

    @Test("addresses are decided as their bits say", arguments: 0..<20)
    func addressReference(seed: Int) throws {
        var random = SeededGenerator(state: UInt64(seed) &+ 1000)
        var blocks: [(start: UInt32, size: UInt64, isDenied: Bool)] = []
        var policy = NetworkPolicy()
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let length = Int.random(in: 8...32, using: &random)
            let size = UInt64(1) << (32 - UInt64(length))
            let start = (0x0b00_0000 | UInt32.random(in: 0..<0x400, using: &random)) & ~UInt32(size - 1)
            let isDenied = Int.random(in: 0..<3, using: &random) == 0
            let block = try #require(IPNetwork(IPAddress(v4: start), prefixLength: length))
            policy.rules.append(PolicyRule(isDenied ? .deny : .allow, .network(block), ports: [80], source: ""))
            blocks.append((start, size, isDenied))
        }
        for _ in 0..<200 {
            let number = 0x0b00_0000 | UInt32.random(in: 0..<0x400, using: &random)
            let matching = blocks.filter { number >= $0.start && UInt64(number - $0.start) < $0.size }
            let expected = !matching.isEmpty && !matching.contains { $0.isDenied }
            #expect(policy.decide(IPAddress(v4: number), port: 80).isAllowed == expected)
        }
    }

    /// What the documentation says, word for word, on texts.
    private func naive(_ rules: [PolicyRule], _ host: String, _ port: UInt16) -> Bool {
        let matching = rules.filter { rule in
            let isHost =
                switch rule.target.description {
                case "*": true
                case let text where text.hasPrefix("*."):
                    ("." + host).hasSuffix(text.dropFirst()) && host != text.dropFirst(2)
                case let text: host == text
                }
            let isPort = rule.ports.contains(port) || rule.ports.isEmpty && rule.action == .deny
            return isHost && isPort
        }
        return !matching.isEmpty && matching.allSatisfy { $0.action == .allow }
    }

    @Test("4,096 rules do not slow a decision down", .timeLimit(.minutes(1)))
    func speed() throws {
        let rules = try (0..<NetworkPolicy.ruleLimit).map {
            PolicyRule(.allow, .below(try name("h\($0).test")), source: "")
        }
        let policy = NetworkPolicy(rules: rules)
        let host = try name("a.b.c.h77.test")
        // Reading all rules each time would not be done in a minute.
        let allowed = (0..<200_000).count { _ in policy.decide(host, port: 443).isAllowed }
        #expect(allowed == 200_000)
    }
}
