import Glibc
import Synchronization
import System
import Testing

@Suite("File locks") struct FileLockTests {
    @Test("one holder at a time, also within a process")
    func exclusive() throws {
        let scratch = try Scratch()
        let path = scratch.file("lock")
        #expect(!FileLock.isHeld(path))
        var lock = try FileLock.take(path)
        #expect(lock != nil)
        #expect(FileLock.isHeld(path))
        #expect(try FileLock.take(path) == nil)
        lock = nil
        #expect(!FileLock.isHeld(path))
        #expect(try FileLock.take(path) != nil)
    }

    @Test("waiting takes the lock as soon as it is free, and gives up in time")
    func waiting() throws {
        let scratch = try Scratch()
        let path = scratch.file("lock")
        let lock = Mutex(try FileLock.take(path))
        let start = Monotonic.now
        #expect(try FileLock.take(path, waitingMilliseconds: 100) == nil)
        #expect(Monotonic.now.milliseconds(from: start) >= 100)
        let thread = try WorkerThread(stack: 1 << 20) {
            usleep(50_000)
            lock.withLock { $0 = nil }
        }
        #expect(try FileLock.take(path, waitingMilliseconds: 60_000) != nil)
        thread.finish()
    }

    @Test("a killed process holds nothing")
    func killed() throws {
        let scratch = try Scratch()
        let path = scratch.file("lock")
        var lock: FileLock? = try FileLock.take(path)
        // The lock belongs to the open file, which the child has too.
        let number = try #require(try lockedDescriptor(path))
        let child = try ChildProcess(Subprocess("sleep", ["100"]), input: .descriptor(Descriptor(owning: dup(number))))
        lock = nil
        #expect(lock == nil)
        #expect(FileLock.isHeld(path))
        #expect(try FileLock.take(path) == nil)
        child.signal(SIGKILL)
        #expect(child.wait() == .signal(SIGKILL))
        #expect(!FileLock.isHeld(path))
        #expect(try FileLock.take(path) != nil)
    }

    /// The descriptor by which this process has a file open.
    private func lockedDescriptor(_ path: String) throws -> Int32? {
        try Files.list("/proc/self/fd").compactMap { Int32($0) }.first {
            (try? Files.resolve("/proc/self/fd/\($0)")) == (try? Files.resolve(path))
        }
    }

    @Test("asking whether it is held is in nobody's way")
    func asking() throws {
        let scratch = try Scratch()
        let path = scratch.file("lock")
        _ = try FileLock.take(path)
        let isOver = Atomic(false)
        let thread = try WorkerThread(stack: 1 << 20) {
            while !isOver.load(ordering: .relaxed) { _ = FileLock.isHeld(path) }
        }
        var failures = 0
        for _ in 0..<5000 where try FileLock.take(path) == nil { failures += 1 }
        isOver.store(true, ordering: .relaxed)
        thread.finish()
        #expect(failures == 0)
    }

    @Test("a link is not followed, and nothing there is not held")
    func links() throws {
        let scratch = try Scratch()
        try scratch.write("target", "")
        try #require(symlink("target", scratch.file("lock")) == 0)
        #expect(throws: SystemError("open", scratch.file("lock"), code: ELOOP)) {
            try FileLock.take(scratch.file("lock"))
        }
        #expect(!FileLock.isHeld(scratch.file("none")))
        #expect(!Files.exists(scratch.file("none")))
    }
}
