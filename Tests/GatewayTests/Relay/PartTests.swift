import NetworkPolicy
import System
import Testing

@testable import Gateway

@Suite("Gateway: its parts") struct PartTests {
    private let start = Monotonic.now

    @Test("a bucket lets a burst pass, then so many a second, and never saves up more than a burst")
    func bucket() {
        var bucket = TokenBucket(perSecond: 10, burst: 5, at: start)
        func passed(_ tries: Int, at now: Monotonic) -> Int { (0..<tries).filter { _ in bucket.take(at: now) }.count }
        #expect(passed(20, at: start) == 5)
        #expect(passed(20, at: start + .milliseconds(99)) == 0)
        #expect(passed(20, at: start + .milliseconds(101)) == 1)
        #expect(passed(20, at: start + .milliseconds(401)) == 3)
        #expect(passed(20, at: start + .seconds(1000)) == 5)
        // Asked every tenth of a millisecond, it still lets ten a second pass.
        let steady = (1...20_000).filter { bucket.take(at: start + .seconds(1000) + .microseconds(100 * $0)) }.count
        #expect((19...20).contains(steady))
    }

    @Test("an answer is kept for as long as it says, but at least a second and at most an hour")
    func cache() throws {
        var cache = NameCache(capacity: 2)
        let name = try #require(HostName("a.test"))
        let address = IPAddress(v4: 1)
        cache.keep([address], of: name, seconds: 10, at: start)
        #expect(cache.addresses(of: name, at: start + .milliseconds(9999)) == [address])
        #expect(cache.addresses(of: name, at: start + .seconds(10)) == nil)
        cache.keep([address], of: name, seconds: 0, at: start)
        #expect(cache.addresses(of: name, at: start + .milliseconds(999)) == [address])
        #expect(cache.addresses(of: name, at: start + .seconds(1)) == nil)
        cache.keep([address], of: name, seconds: .max, at: start)
        #expect(cache.addresses(of: name, at: start + .seconds(3599)) == [address])
        #expect(cache.addresses(of: name, at: start + .seconds(3600)) == nil)
        cache.keep([], of: name, seconds: 0, at: start)
        #expect(cache.addresses(of: name, at: start + .milliseconds(4999)) == [])
        #expect(cache.addresses(of: name, at: start + .seconds(5)) == nil)
    }

    @Test("a full cache forgets, and goes on")
    func fullCache() throws {
        var cache = NameCache(capacity: 2)
        for text in ["a.test", "b.test", "c.test"] {
            cache.keep([], of: try #require(HostName(text)), seconds: 0, at: start)
        }
        #expect(cache.addresses(of: try #require(HostName("c.test")), at: start) == [])
        #expect(cache.addresses(of: try #require(HostName("a.test")), at: start) == nil)
    }

    @Test("the number of a connection that is gone leads nowhere, though its place is taken again")
    func table() throws {
        var table = ConnectionTable()
        let socket = try Descriptor.pipe().read
        let name = try #require(HostName("a.test"))
        let rule = PolicyRule(.allow, .name(name), source: "test")
        func add() -> Connection {
            table.add { id in
                Connection(
                    id: id, inside: socket, destination: .name(name), port: 1, rule: rule, stage: .resolving, at: start,
                    deadline: start)
            }
        }
        let first = add()
        let second = add()
        #expect(table[first.id] === first && table[second.id] === second)
        table.remove(first)
        table.remove(first)
        #expect(table[first.id] == nil)
        #expect(table.count == 1 && table.halfOpen == 1)
        let third = add()
        #expect(third.id != first.id && table[first.id] == nil && table[third.id] === third)
        #expect(table.all.count == 2)
        for token in [Token.line(7), .inside(third.id), .outside(third.id), .lookup(8)] {
            #expect(Token(token.number).number == token.number)
        }
    }
}
