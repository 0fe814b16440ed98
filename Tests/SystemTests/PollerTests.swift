import Glibc
import System
import Testing

extension Poller {
    /// The tokens of a wait's news.
    fileprivate func tokens(until deadline: Monotonic?) throws -> [UInt64] {
        var news = News()
        try wait(until: deadline, &news)
        return (0..<news.count).map { news[$0].token }
    }
}

@Suite("Poller and threads") struct PollerTests {
    @Test("changes are told once each: what can be read, what can be written, the end of one half and of both")
    func changes() throws {
        let poller = try Poller()
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let near = Descriptor(owning: ends[0])
        var far: Descriptor? = Descriptor(owning: ends[1])
        var news = Poller.News()
        func next() throws -> Poller.Interest? {
            try poller.wait(until: .now, &news)
            return news.count == 0 ? nil : news[0].ready
        }
        try poller.add(near, token: 1, for: [.reading, .writing, .ending, .changes])
        #expect(try next() == .writing)
        #expect(try next() == nil)
        try far?.write([1])
        #expect(try next() == [.reading, .writing])
        #expect(try next() == nil)
        shutdown(ends[1], Int32(SHUT_WR))
        #expect(try next() == [.reading, .writing, .ending])
        #expect(try next() == nil)
        far = nil
        #expect(try next()?.isDisjoint(with: .over) == false)
    }

    @Test("news carries the descriptor's token, again and again until it is read")
    func news() throws {
        let poller = try Poller()
        let one = try Descriptor.pipe()
        let two = try Descriptor.pipe()
        try poller.add(one.read, token: 1, for: .reading)
        try poller.add(two.read, token: 2, for: .reading)
        #expect(try poller.tokens(until: .now).isEmpty)
        try two.write.write([1])
        #expect(try poller.tokens(until: nil) == [2])
        #expect(try poller.tokens(until: nil) == [2])
        try one.write.write([1])
        #expect(try Set(poller.tokens(until: nil)) == [1, 2])
        try poller.change(two.read, token: 2, for: [])
        #expect(try poller.tokens(until: nil) == [1])
    }

    @Test("a removed descriptor is silent, though another one leads to the same")
    func removed() throws {
        let poller = try Poller()
        let pipe = try Descriptor.pipe()
        var copy: Descriptor? = Descriptor(owning: dup(pipe.read.number))
        try poller.add(try #require(copy), token: 1, for: .reading)
        try pipe.write.write([1])
        #expect(try poller.tokens(until: nil) == [1])
        poller.remove(try #require(copy))
        copy = nil
        #expect(try poller.tokens(until: .now).isEmpty)
    }

    @Test("a wake-up ends one wait")
    func wake() throws {
        let poller = try Poller()
        poller.wake()
        poller.wake()
        #expect(try poller.tokens(until: nil).isEmpty)
        let start = Monotonic.now
        #expect(try poller.tokens(until: start + .milliseconds(50)).isEmpty)
        #expect(Monotonic.now >= start + .milliseconds(50))
        let thread = try WorkerThread(stack: 256 << 10) {
            usleep(20_000)
            poller.wake()
        }
        #expect(try poller.tokens(until: nil).isEmpty)
        thread.finish()
    }

    @Test("a thread gets no signals")
    func signals() throws {
        let scratch = try Scratch()
        let thread = try WorkerThread(stack: 1 << 20) {
            _ = try? Files.replace(scratch.file("status"), with: Files.read("/proc/thread-self/status"))
        }
        thread.finish()
        let line = try scratch.text("status").split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        // All that can be blocked: not KILL (9), STOP (19), nor the two that the C library keeps for itself.
        #expect(try #require(line) == "SigBlk:\tfffffffe7ffbfeff")
    }
}

extension Poller {
    /// The tokens of those that have news.
    fileprivate func wait(until deadline: Monotonic?) throws(SystemError) -> [UInt64] {
        var news = News()
        try wait(until: deadline, &news)
        return (0..<news.count).map { news[$0].token }
    }
}
