import NetworkPolicy
import Testing

@Suite("Policy: spellings of hosts") struct SpellingTests {
    @Test("each has its verdict in a policy", arguments: spellings.indices)
    func written(index: Int) {
        let spelling = spellings[index]
        var verdict = Verdict.refused("")
        if let address = IPAddress(spelling.text) {
            verdict = .address(address.description)
            #expect((try? HostName(written: spelling.text)) == nil, "an address must not be a name, too")
        } else {
            do throws(HostNameError) {
                verdict = .name(try HostName(written: spelling.text).description)
            } catch {
                verdict = .refused(error.description)
            }
        }
        if case (.refused(let words), .refused(let reason)) = (spelling.written, verdict) {
            #expect(reason.contains(words), "\(spelling.text.debugDescription)")
        } else {
            #expect(verdict == spelling.written, "\(spelling.text.debugDescription)")
        }
    }

    @Test("each is a name off the wire, or is not", arguments: spellings.indices)
    func wire(index: Int) {
        let spelling = spellings[index]
        #expect((HostName(spelling.text) != nil) == spelling.isNameOnWire, "\(spelling.text.debugDescription)")
    }

    @Test("a name that is written is the name off the wire", arguments: spellings.indices)
    func agreement(index: Int) {
        guard let written = try? HostName(written: spellings[index].text) else { return }
        #expect(HostName(written.description) == written)
        #expect((try? HostName(written: written.description)) == written)
    }

    @Test("there are at least 60, each once")
    func table() {
        #expect(spellings.count >= 60)
        #expect(Set(spellings.map { Array($0.text.unicodeScalars) }).count == spellings.count)
    }

    @Test("a wildcard is no way around: not the name itself, no look-alike, no address")
    func wildcards() throws {
        let policy = NetworkPolicy(rules: [try PolicyRule(item: "*.example.com", source: "test")])
        let refused = [
            "example.com", "evilexample.com", "example.com.evil.com", "example.comm", "xexample.com", "com", "evil.com",
        ]
        for name in refused { #expect(!policy.decide(try #require(HostName(name)), port: 443).isAllowed, "\(name)") }
        for name in ["a.example.com", "A.B.c.Example.COM."] {
            #expect(policy.decide(try #require(HostName(name)), port: 443).isAllowed, "\(name)")
        }
        #expect(!policy.decide(try #require(IPAddress("203.0.113.1")), port: 443).isAllowed)
    }
}
