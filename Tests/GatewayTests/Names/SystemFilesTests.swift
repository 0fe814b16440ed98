import NetworkPolicy
import Testing

@testable import Gateway

@Suite("The system's name files") struct SystemFilesTests {
    private func name(_ text: String) throws -> HostName { try #require(HostName(text)) }

    @Test("addresses of a name and its aliases, in the file's order")
    func hosts() throws {
        let text = """
            # 192.0.2.9 a.test
            127.0.0.1\tlocalhost
            192.0.2.1   A.Test  alias.test # b.test
              2001:db8::1 \t a.test\r
            192.0.2.1 a.test
            192.0.2.2 xa.test a.test.x
            300.0.0.1 a.test
            192.0.2 a.test
            fe80::1%eth0 a.test
            a.test 192.0.2.3
            192.0.2.4
            192.0.2.5#a.test
            192.0.2.7\0 a.test

            192.0.2.6 a.test
            """
        let file = HostsFile(Array(text.utf8))
        let v6 = IPAddress(bytes: [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1])
        #expect(try file.addresses(of: name("a.test")) == [IPAddress(v4: 0xc000_0201), v6, IPAddress(v4: 0xc000_0206)])
        #expect(try file.addresses(of: name("alias.test")) == [IPAddress(v4: 0xc000_0201)])
        #expect(try file.addresses(of: name("b.test")).isEmpty)
        #expect(try file.addresses(of: name("localhost")) == [IPAddress(v4: 0x7f00_0001)])
        #expect(try HostsFile([]).addresses(of: name("a.test")).isEmpty)
    }

    @Test("64 addresses of a name are taken")
    func many() throws {
        let text = (0..<200).map { "192.0.2.\($0) a.test\n" }.joined()
        #expect(try HostsFile(Array(text.utf8)).addresses(of: name("a.test")).count == 64)
    }

    @Test("name servers and options")
    func resolver() {
        let text = """
            ; nameserver 192.0.2.8
            # nameserver 192.0.2.9
            search corp.test
            nameserver 192.0.2.1
            nameserver\t2001:db8::1  trailing
            nameserver fe80::1%eth0
            nameserver somewhere.test
            nameserver
            nameserverx 192.0.2.7
            options ndots:5 timeout:3 attempts:4 rotate
            nameserver 192.0.2.2
            nameserver 192.0.2.3
            """
        let configuration = ResolverConfiguration(Array(text.utf8))
        let v6 = IPAddress(bytes: [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1])
        #expect(configuration.nameservers == [IPAddress(v4: 0xc000_0201), v6, IPAddress(v4: 0xc000_0202)])
        #expect(configuration.timeout == 3)
        #expect(configuration.attempts == 4)
    }

    @Test("what holds where nothing is said, and the bounds of what is")
    func defaults() {
        let usual = ResolverConfiguration([])
        #expect(usual.nameservers == [IPAddress(v4: 0x7f00_0001)])
        #expect(usual.timeout == 5 && usual.attempts == 2)
        let most = ResolverConfiguration(Array("options timeout:99 attempts:99\n".utf8))
        #expect(most.timeout == 30 && most.attempts == 5)
        let least = ResolverConfiguration(Array("options timeout:0 attempts:0".utf8))
        #expect(least.timeout == 1 && least.attempts == 1)
        let odd = ResolverConfiguration(Array("options timeout:-1 attempts:x timeout: attempts timeout:1:2\n".utf8))
        #expect(odd == usual)
    }

    @Test("any bytes at all are survived")
    func random() throws {
        var random = Seeded(1)
        for _ in 0..<500 {
            let letters = Array("\n\t #:%.01af nameserver\0\u{ff}".utf8)
            let bytes = (0..<200).map { _ in letters.randomElement(using: &random) ?? 0 }
            #expect((1...3).contains(ResolverConfiguration(bytes).nameservers.count))
            #expect(try HostsFile(bytes).addresses(of: name("a.test")).count <= 64)
        }
    }
}
