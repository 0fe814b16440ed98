import NetworkPolicy
import Testing

@Suite("Policy: addresses") struct AddressTests {
    @Test(
        "an address is read in its usual spellings, and written in one",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"),
            ("2001:db8::", "2001:db8::"), ("2001:DB8::A", "2001:db8::a"), ("0:0:0:0:0:0:0:1", "::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6::8", "1:2:3:4:5:6:0:8"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:C000:201", "192.0.2.1"), ("0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ])
    func valid(text: String, expected: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == expected)
        #expect(IPAddress(address.description) == address)
    }

    @Test(
        "no other spelling is one",
        arguments: [
            "", "1", "127.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.04", "0x7f.0.0.1", "1.2.3.4 ",
            " 1.2.3.4", "1.2.3.4.", ".1.2.3.4", "1..2.3", "-1.2.3.4", "+1.2.3.4", "1.2.3.4/8", "1.2.3.٤", ":", ":::",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::1%eth0", "[::1]", "12345::", "g::", ":1::", "1:",
            "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "::1.2.3.256", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "0000:0000:0000:0000:0000:0000:0000:00001", "::-1", "::1 ",
            "::0x1",
        ])
    func invalid(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("a block has its addresses and no others")
    func blocks() throws {
        let block = try #require(IPNetwork("10.0.0.0/9"))
        for (text, isInside) in [
            ("10.0.0.0", true), ("10.127.255.255", true), ("10.128.0.0", false), ("9.255.255.255", false),
            ("::ffff:10.1.1.1", true), ("::a00:0", false),
        ] { #expect(block.contains(try #require(IPAddress(text))) == isInside, "\(text)") }
        #expect(try #require(IPNetwork("2001:db8::/33")).contains(try #require(IPAddress("2001:db8:7fff::1"))))
        #expect(try !#require(IPNetwork("2001:db8::/33")).contains(try #require(IPAddress("2001:db8:8000::1"))))
        #expect(try #require(IPNetwork("::/0")).contains(try #require(IPAddress("::1"))))
        #expect(try !#require(IPNetwork("::/0")).contains(try #require(IPAddress("1.2.3.4"))))
        #expect(IPNetwork("1.2.3.4")?.description == "1.2.3.4")
        #expect(IPNetwork("1.2.3.4/32")?.description == "1.2.3.4")
        for text in [
            "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "/8",
            "10.0.0.0/ 8", "::ffff:10.0.0.0/104", "2001:db8::1/64",
        ] { #expect(IPNetwork(text) == nil, "\(text)") }
    }

    @Test(
        "what is not public is known by both ends of its block",
        arguments: [
            "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0",
            "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
            "192.0.0.0", "192.0.0.255", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0",
            "198.19.255.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.254", "255.255.255.255", "::",
            "::1", "::2", "::7f00:1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::fffe:1.2.3.4", "64:ff9b::8.8.8.8",
            "64:ff9b:1::1", "100::1", "2001::1", "2001:0:ffff::1", "2001:2::1", "2001:10::1", "2001:20::1",
            "2001:1ff::1",
            "2002::1", "2002:7f00:1::", "2002:ffff:ffff::1", "fc00::1", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1",
            "feff::1", "ff00::1", "ff02::fb", "ffff::1", "4000::1", "1fff::1", "5f00::1", "8000::1",
        ])
    func special(text: String) throws {
        #expect(try !#require(IPAddress(text)).isPublic)
    }

    @Test(
        "what lies beside is public, and so are the documentation blocks",
        arguments: [
            "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
            "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "8.8.8.8",
            "::ffff:8.8.8.8", "2000::1", "2001:200::1", "2003::1", "2606:4700::1111", "3fff::1", "192.0.2.1",
            "198.51.100.66", "203.0.113.7", "2001:db8::1",
        ])
    func ordinary(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }
}
