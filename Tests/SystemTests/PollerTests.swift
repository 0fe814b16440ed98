import Glibc
import System
import Testing

@Suite("Poller and threads") struct PollerTests {
    @Test("news carries the descriptor's token, again and again until it is read")
    func news() throws {
        let poller = try Poller()
        let one = try Descriptor.pipe()
        let two = try Descriptor.pipe()
        try poller.add(one.read, token: 1, for: .reading)
        try poller.add(two.read, token: 2, for: .reading)
        #expect(try poller.wait(until: .now).isEmpty)
        try two.write.write([1])
        #expect(try poller.wait(until: nil) == [2])
        #expect(try poller.wait(until: nil) == [2])
        try one.write.write([1])
        #expect(try Set(poller.wait(until: nil)) == [1, 2])
        try poller.change(two.read, token: 2, for: [])
        #expect(try poller.wait(until: nil) == [1])
    }

    @Test("a removed descriptor is silent, though another one leads to the same")
    func removed() throws {
        let poller = try Poller()
        let pipe = try Descriptor.pipe()
        var copy: Descriptor? = Descriptor(owning: dup(pipe.read.number))
        try poller.add(try #require(copy), token: 1, for: .reading)
        try pipe.write.write([1])
        #expect(try poller.wait(until: nil) == [1])
        poller.remove(try #require(copy))
        copy = nil
        #expect(try poller.wait(until: .now).isEmpty)
    }

    @Test("a wake-up ends one wait")
    func wake() throws {
        let poller = try Poller()
        poller.wake()
        poller.wake()
        #expect(try poller.wait(until: nil).isEmpty)
        let start = Monotonic.now
        #expect(try poller.wait(until: start + .milliseconds(50)).isEmpty)
        #expect(Monotonic.now >= start + .milliseconds(50))
        let thread = try WorkerThread(stack: 256 << 10) {
            usleep(20_000)
            poller.wake()
        }
        #expect(try poller.wait(until: nil).isEmpty)
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
