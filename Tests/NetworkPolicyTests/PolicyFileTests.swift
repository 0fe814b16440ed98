import JSONText
import NetworkPolicy
import Testing

@Suite("Policy: files") struct PolicyFileTests {
    private func parse(_ text: String) throws(JSONError) -> PolicyFile {
        try PolicyFile(parsing: Array(text.utf8), source: "test")
    }

    private func rules(_ text: String) throws -> [PolicyRule] {
        try parse(text).entries.map { entry in
            guard case .rule(let rule) = entry.content else { throw JSONError("no rule", at: entry.position) }
            return rule
        }
    }

    @Test("a file says what it says")
    func complete() throws {
        let file = try parse(
            """
            {"$schema": "x", "purpose": "p", "source": "s", "rules": [
              {"include": "github"},
              {"domain": "*.NPMjs.org.", "ports": [443, 80, 443], "addresses": ["10.0.0.0/8"], "reason": "r"},
              {"domain": "uploads.npmjs.org", "action": "deny"},
              {"address": "203.0.113.0/24", "action": "allow", "ports": [5432]},
              {"configured": "npm", "else": ["registry.npmjs.org", "a.test:8443"]}
            ]}
            """)
        #expect(file.purpose == "p" && file.documentation == "s")
        let npm = try #require(HostName("npmjs.org"))
        let uploads = try #require(HostName("uploads.npmjs.org"))
        let ten = try #require(IPNetwork("10.0.0.0/8"))
        let expected: [PolicyFile.Content] = [
            .include("github"),
            .rule(PolicyRule(.allow, .below(npm), ports: [80, 443], addresses: [ten], reason: "r", source: "test")),
            .rule(PolicyRule(.deny, .name(uploads), ports: [], source: "test")),
            .rule(
                PolicyRule(.allow, .network(try #require(IPNetwork("203.0.113.0/24"))), ports: [5432], source: "test")),
            .configured(
                .npm,
                otherwise: [
                    PolicyRule(.allow, .name(try #require(HostName("registry.npmjs.org"))), source: "test"),
                    PolicyRule(.allow, .name(try #require(HostName("a.test"))), ports: [8443], source: "test"),
                ]),
        ]
        #expect(file.entries.map(\.content) == expected)
        #expect(file.entries.map(\.position.description) == ["2:3", "3:3", "4:3", "5:3", "6:3"])
    }

    @Test("no rules, said explicitly, are a policy that allows nothing")
    func empty() throws {
        #expect(try parse("{\"rules\":[]}").entries.isEmpty)
        #expect(try rules("{\"network\":{\"allowedDomains\":[]}}").isEmpty)
    }

    static let errors: [(file: String, message: String)] = [
        ("", "1:1: the file is empty"),
        ("{}", "1:1: a policy without \"rules\""),
        ("null", "1:1: a policy must be an object, not null"),
        ("[]", "1:1: a policy must be an object, not an array"),
        (#"{"rules":null}"#, "1:10: \"rules\" must be an array, not null"),
        (#"{"rules":{}}"#, "1:10: \"rules\" must be an array, not an object"),
        (#"{"rulez":[]}"#, "1:2: unknown key \"rulez\"; did you mean \"rules\"?"),
        (#"{"rules":[],"network":{}}"#, "1:13: unknown key \"network\""),
        (#"{"rules":[],"allowbroad":true}"#, "1:13: unknown key \"allowbroad\"; did you mean \"allowBroad\"?"),
        (#"{"rules":[],"allowBroad":1}"#, "1:26: \"allowBroad\" must be true or false, not a number"),
        (#"{"rules":["github"]}"#, "1:11: a rule must be an object, not a string"),
        (
            "{\"rules\":[\n  {}]}",
            "2:3: a rule has exactly one of \"include\", \"configured\", \"domain\" and \"address\""
        ),
        (
            #"{"rules":[{"domain":"a.test","address":"1.2.3.4"}]}"#,
            "1:11: a rule has exactly one of \"include\", \"configured\", \"domain\" and \"address\""
        ),
        ("{\"rules\":[\n{\"domian\":\"a.test\"}]}", "2:2: unknown key \"domian\"; did you mean \"domain\"?"),
        (#"{"rules":[{"include":"github","ports":[1]}]}"#, "1:31: \"ports\" means nothing beside \"include\""),
        (#"{"rules":[{"domain":"a.test","else":[]}]}"#, "1:30: \"else\" means nothing beside \"domain\""),
        (
            #"{"rules":[{"include":"../github"}]}"#,
            "1:22: \"../github\" is no policy's name: an include names a policy, never a path"
        ),
        (#"{"rules":[{"domain":"a.test","action":"Allow"}]}"#, "1:39: \"action\" must be \"allow\" or \"deny\""),
        (#"{"rules":[{"domain":"a.test","ports":[]}]}"#, "1:38: \"ports\" is empty: leave it out, or name a port"),
        (#"{"rules":[{"domain":"a.test","ports":443}]}"#, "1:38: \"ports\" must be an array, not a number"),
        (#"{"rules":[{"domain":"a.test","ports":["443"]}]}"#, "1:39: a port must be a number, not a string"),
        (#"{"rules":[{"domain":"a.test","ports":[0]}]}"#, "1:39: a port must be a whole number from 1 to 65535"),
        (#"{"rules":[{"domain":"a.test","ports":[65979]}]}"#, "1:39: a port must be a whole number from 1 to 65535"),
        (
            #"{"rules":[{"domain":"a.test","ports":[53]}]}"#,
            "1:39: port 53 is the gateway's own: names are looked up there, nothing else is reached"
        ),
        (
            #"{"rules":[{"domain":"*"}]}"#,
            "1:21: * allows every name there is; where that is meant, a policy file can say \"allowBroad\": true"
        ),
        (
            #"{"rules":[{"domain":"*.com"}]}"#,
            "1:21: *.com allows every name below a top-level domain; where that is meant, a policy file can say \"allowBroad\": true"
        ),
        (
            #"{"rules":[{"domain":"*.co.uk"}]}"#,
            "1:21: *.co.uk allows every name below a registry's domain; where that is meant, a policy file can say \"allowBroad\": true"
        ),
        (
            #"{"rules":[{"domain":"*.github.io"}]}"#,
            "1:21: *.github.io allows names that anybody can register; where that is meant, a policy file can say \"allowBroad\": true"
        ),
        (
            #"{"rules":[{"domain":"a*.example.com"}]}"#,
            "1:21: \"a*.example.com\" has a '*' that is not a whole label in front, as in \"*.example.com\""
        ),
        (
            #"{"rules":[{"domain":"*.*.example.com"}]}"#,
            "1:21: \"*.example.com\" has a '*' that is not a whole label in front, as in \"*.example.com\""
        ),
        (
            #"{"rules":[{"domain":"127.0.0.1"}]}"#,
            "1:21: \"127.0.0.1\" is an address or would be taken for one: addresses have rules of their own"
        ),
        (
            #"{"rules":[{"domain":"example.com\u0000.evil.com"}]}"#,
            "1:21: \"example.com\\u0000.evil.com\" has a NUL"
        ),
        (
            #"{"rules":[{"domain":"localhost"}]}"#,
            "1:21: localhost is the sandbox itself: it needs no rule, and the host's cannot be reached"
        ),
        (
            #"{"rules":[{"address":"example.com"}]}"#,
            "1:22: \"example.com\" is no address and no block of addresses (as 203.0.113.5 or 10.0.0.0/8)"
        ),
        (
            #"{"rules":[{"address":"10.0.0.1/8"}]}"#,
            "1:22: \"10.0.0.1/8\" is no address and no block of addresses (the bits after the prefix must be zero)"
        ),
        (
            #"{"rules":[{"address":"127.0.0.0/8"}]}"#,
            "1:22: 127.0.0.0/8 is the sandbox itself, link-local or no machine's: it cannot be allowed"
        ),
        (
            #"{"rules":[{"address":"169.254.169.254"}]}"#,
            "1:22: 169.254.169.254 is the sandbox itself, link-local or no machine's: it cannot be allowed"
        ),
        (
            #"{"rules":[{"address":"198.18.0.0/16"}]}"#,
            "1:22: 198.18.0.0/16 is the sandbox itself, link-local or no machine's: it cannot be allowed"
        ),
        (
            #"{"rules":[{"address":"0.0.0.0/0"}]}"#,
            "1:22: 0.0.0.0/0 is a large part of all addresses; where that is meant, a policy file can say \"allowBroad\": true"
        ),
        (
            #"{"rules":[{"address":"10.0.0.0/8","addresses":["10.0.0.0/8"]}]}"#,
            "1:35: \"addresses\" means nothing beside \"address\""
        ),
        (
            #"{"rules":[{"domain":"a.test","addresses":["169.254.0.0/16"]}]}"#,
            "1:21: 169.254.0.0/16 has link-local addresses, or such as no machine has: they cannot be dialled"
        ),
        (
            #"{"rules":[{"domain":"a.test","action":"deny","addresses":["10.0.0.0/8"]}]}"#,
            "1:21: \"addresses\" in a rule that denies: it denies wherever a name leads"
        ),
        (
            #"{"rules":[{"configured":"apk","else":[]}]}"#,
            "1:25: \"configured\" must be one of apt, pip, npm, cargo, go, not \"apk\""
        ),
        (#"{"rules":[{"configured":"npm"}]}"#, "1:11: \"configured\" without \"else\""),
        (#"{"rules":[{"domain":"a.test","domain":"b.test"}]}"#, "1:30: the key \"domain\" is there twice"),
        (#"{"network":{}}"#, "1:12: \"network\" without \"allowedDomains\""),
        (#"{"network":{"allowedDomains":null}}"#, "1:30: \"allowedDomains\" must be an array, not null"),
        (
            #"{"network":{"allowedDomain":[]}}"#,
            "1:13: unknown key \"allowedDomain\"; did you mean \"allowedDomains\"?"
        ),
        (
            #"{"network":{"allowedDomains":[]},"filesytem":{}}"#,
            "1:34: unknown key \"filesytem\"; did you mean \"filesystem\"?"
        ),
        (
            #"{"network":{"allowedDomains":[],"allowAllDomains":true}}"#,
            "1:51: \"allowAllDomains\" is not possible here: list what is needed"
        ),
        (
            #"{"network":{"allowedDomains":["*.com"]}}"#,
            "1:31: *.com allows every name below a top-level domain; where that is meant, a policy file can say \"allowBroad\": true"
        ),
    ]

    @Test("what is wrong is said with its place", arguments: errors.indices)
    func golden(index: Int) {
        let (file, message) = Self.errors[index]
        do throws(JSONError) {
            _ = try parse(file)
            Issue.record("accepted: \(file)")
        } catch {
            #expect(error.description == message)
        }
    }

    @Test("what is broad can be meant, in a file that says so")
    func broad() throws {
        let items = ["*", "*.com", "*.co.uk", "*.s3.eu-west-1.amazonaws.com", "*.pages.dev", "*.xn--p1ai"]
        for item in items {
            let rule = "{\"rules\":[{\"domain\":\"\(item)\"}]}"
            #expect(throws: JSONError.self, "\(item)") { try rules(rule) }
            #expect(try rules("{\"allowBroad\":true," + rule.dropFirst()).map(\.target.description) == [item])
            #expect(throws: RuleError.self) { try PolicyRule(item: item, source: "typed") }
            #expect(try rules("{\"rules\":[{\"domain\":\"\(item)\",\"action\":\"deny\"}]}").count == 1)
        }
        for item in ["*.example.com", "*.npmjs.org", "*.example.co.uk", "*.user.github.io", "*.web.example"] {
            #expect(try rules("{\"rules\":[{\"domain\":\"\(item)\"}]}").count == 1, "\(item)")
        }
    }

    @Test("srt's settings are read, as far as they are about the network")
    func sandboxRuntime() throws {
        let rules = try rules(
            #"""
            {"network":{"allowedDomains":["github.com","*.npmjs.org:443","localhost","127.0.0.1:3000"],
             "deniedDomains":["evil.npmjs.org","*:22"],"deniedDomainReasons":{"*:22":"no ssh"},
             "allowUnixSockets":["/x"],"allowLocalBinding":true,"strictAllowlist":true},
             "filesystem":{"denyRead":["~/.ssh"],"allowWrite":["."],"denyWrite":[]},"ignoreViolations":{"*":["/usr"]}}
            """#)
        #expect(
            rules.map(\.description) == [
                "allow github.com:80,443", "allow *.npmjs.org:443", "deny evil.npmjs.org", "deny *:22",
            ])
        #expect(rules[3].reason == "no ssh")
    }
}
