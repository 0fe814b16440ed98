import NetworkPolicy
import Testing

@testable import Gateway

@Suite("Address book") struct AddressBookTests {
    private let secret = [UInt8](0..<32)

    private func name(_ text: String) throws -> HostName { try #require(HostName(text)) }

    @Test("HMAC-SHA256, as RFC 4231 gives it")
    func hmac() {
        let first = HMAC.sha256(key: [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8))
        #expect(Hexadecimal.text(first) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let second = HMAC.sha256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(Hexadecimal.text(second) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test("the same secret and names in the same order give the same addresses")
    func same() throws {
        var (one, two) = (AddressBook(secret: secret, capacity: 1000), AddressBook(secret: secret, capacity: 1000))
        for index in 0..<500 {
            let name = try name("n\(index).test")
            let given = one.address(of: name)
            let address = try #require(given)
            #expect(two.address(of: name) == address)
            #expect(one.address(of: name) == address)
            #expect(one.name(at: address) == name)
        }
        #expect(one.count == 500)
        var other = AddressBook(secret: secret.reversed(), capacity: 1000)
        #expect(try other.address(of: name("n0.test")) != one.address(of: name("n0.test")))
    }

    @Test("how an address follows from a name is for ever, since the secret is kept in a file")
    func vector() throws {
        // Computed with another implementation of HMAC.
        var book = AddressBook(secret: secret, capacity: 1)
        #expect(try book.address(of: name("a.test")) == 0xc613_7cc2)
    }

    @Test("addresses are in the block, not the sandbox's own, and never given twice")
    func range() throws {
        var book = AddressBook(secret: secret, capacity: .max)
        var seen: Set<UInt32> = []
        for index in 0..<3000 {
            let given = try book.address(of: name("n\(index).test"))
            let address = try #require(given)
            #expect((0xc612_0100...0xc613_fffe).contains(address) && seen.insert(address).inserted)
        }
        // Spread over all of the block.
        #expect(Set(seen.map { $0 >> 8 }).count > 490)
    }

    @Test("who meets another's address gets the next of its own")
    func collision() throws {
        var full = AddressBook(secret: secret, capacity: 2000)
        var moved: [HostName] = []
        for index in 0..<2000 {
            let name = try name("n\(index).test")
            var alone = AddressBook(secret: secret, capacity: 1)
            if full.address(of: name) != alone.address(of: name) { moved.append(name) }
        }
        #expect(!moved.isEmpty && moved.count < 100)
        for name in moved {
            let given = full.address(of: name)
            let address = try #require(given)
            #expect(full.name(at: address) == name)
        }
    }

    @Test("a full book knows what is in it")
    func full() throws {
        var book = AddressBook(secret: secret, capacity: 2)
        let given = try book.address(of: name("a.test"))
        let first = try #require(given)
        _ = try book.address(of: name("b.test"))
        #expect(try book.address(of: name("c.test")) == nil)
        #expect(try book.address(of: name("a.test")) == first)
        #expect(book.name(at: first)?.description == "a.test")
        #expect(book.name(at: first ^ 1) == nil)
        #expect(book.count == 2)
    }
}
