import Glibc
import System
import Testing

@testable import ImageLibrary

@Suite("Remembered digests") struct DigestMemoryTests {
    /// Until the clock of the files has moved on.
    private static func wait() { usleep(50_000) }

    private static func digest(_ context: BuildContext, _ path: String) -> String? {
        for entry in context.entries where entry.path == path {
            if case .file(_, let digest) = entry.kind { return digest }
        }
        return nil
    }

    @Test("nothing is written where nothing changed")
    func unchanged() throws {
        let scratch = try ScratchContext()
        let memory = "\(scratch.path)/memory"
        for number in 0..<20 { try scratch.write("dir\(number % 3)/f\(number)", "\(number)") }
        Self.wait()
        let first = try scratch.read(memory: memory)
        let version = try #require(FileVersion(memory))
        #expect(try scratch.read(memory: memory).entries == first.entries)
        #expect(FileVersion(memory) == version)
        try #require(unlink(scratch.file("dir0/f3")) == 0)
        let second = try scratch.read(memory: memory)
        #expect(second.entries.count == first.entries.count - 1)
        #expect(FileVersion(memory) != version)
        #expect(try Files.list(scratch.path) == ["context", "memory"])
    }

    /// Puts a digest into a memory that is not that of the file, which shows later whether it was taken.
    private static func forge(_ memory: consuming DigestMemory, _ file: String) throws {
        var status = stat()
        try #require(stat(file, &status) == 0)
        Array("f".utf8).withUnsafeBufferPointer {
            memory.remember($0, DigestMemory.Status(status), SHA256.digest("forged".utf8))
        }
        memory.save()
    }

    @Test("a remembered digest is used: nobody reads a file that stat says is the same")
    func used() throws {
        let scratch = try ScratchContext()
        let memory = "\(scratch.path)/memory"
        try scratch.write("f", "old")
        Self.wait()
        try Self.forge(DigestMemory(memory), scratch.file("f"))
        #expect(try Self.digest(scratch.read(memory: memory), "f") == SHA256.hex("forged".utf8))
        try scratch.write("f", "new")
        #expect(try Self.digest(scratch.read(memory: memory), "f") == SHA256.hex("new".utf8))
    }

    @Test("what was written when the walk had begun may be written again without a trace, so it is read")
    func racy() throws {
        let scratch = try ScratchContext()
        let memory = "\(scratch.path)/memory"
        let began = DigestMemory(memory)
        try scratch.write("f", "old")
        try Self.forge(began, scratch.file("f"))
        #expect(try Self.digest(scratch.read(memory: memory), "f") == SHA256.hex("old".utf8))
        // Read once more, it is remembered: the next walk began later.
        Self.wait()
        _ = try scratch.read(memory: memory)
        let version = try #require(FileVersion(memory))
        #expect(try Self.digest(scratch.read(memory: memory), "f") == SHA256.hex("old".utf8))
        #expect(FileVersion(memory) == version)
    }

    @Test("where a file system keeps whole seconds, two of them have to pass", arguments: [(0, "old"), (10, "forged")])
    func wholeSeconds(age: Int, text: String) throws {
        let scratch = try ScratchContext()
        let memory = "\(scratch.path)/memory"
        try scratch.write("f", "old")
        let time = timespec(tv_sec: Glibc.time(nil) - age, tv_nsec: 0)
        try #require(utimensat(AT_FDCWD, scratch.file("f"), [time, time], 0) == 0)
        Self.wait()
        try Self.forge(DigestMemory(memory), scratch.file("f"))
        #expect(try Self.digest(scratch.read(memory: memory), "f") == SHA256.hex(text.utf8))
    }

    @Test("a change that keeps size and modification time is seen")
    func changedInPlace() throws {
        let scratch = try ScratchContext()
        let memory = "\(scratch.path)/memory"
        try scratch.write("f", "old")
        var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 5), timespec(tv_sec: 1_000_000_000, tv_nsec: 5)]
        try #require(utimensat(AT_FDCWD, scratch.file("f"), &times, 0) == 0)
        Self.wait()
        _ = try scratch.read(memory: memory)
        try scratch.write("f", "new")
        try #require(utimensat(AT_FDCWD, scratch.file("f"), &times, 0) == 0)
        #expect(try Self.digest(scratch.read(memory: memory), "f") == SHA256.hex("new".utf8))
    }

    @Test("a file that took another's name, size and times is read")
    func replaced() throws {
        let scratch = try ScratchContext()
        let memory = "\(scratch.path)/memory"
        try scratch.write("a", "one")
        try scratch.write("b", "two")
        Self.wait()
        _ = try scratch.read(memory: memory)
        try #require(rename(scratch.file("a"), scratch.file("c")) == 0)
        try #require(rename(scratch.file("b"), scratch.file("a")) == 0)
        let context = try scratch.read(memory: memory)
        #expect(Self.digest(context, "a") == SHA256.hex("two".utf8))
        #expect(Self.digest(context, "c") == SHA256.hex("one".utf8))
    }

    @Test("a damaged memory is as good as none")
    func damaged() throws {
        let scratch = try ScratchContext()
        let memory = "\(scratch.path)/memory"
        for number in 0..<10 { try scratch.write("f\(number)", "\(number)") }
        Self.wait()
        let first = try scratch.read(memory: memory)
        let whole = try Files.read(memory)
        for place in stride(from: 0, to: whole.count, by: 7) {
            var bytes = whole
            bytes[place] ^= 0x41
            try Files.replace(memory, with: bytes)
            #expect(try scratch.read(memory: memory).entries == first.entries)
            try Files.replace(memory, with: Array(whole.prefix(place)))
            #expect(try scratch.read(memory: memory).entries == first.entries)
        }
        #expect(try scratch.read(memory: "/nonexistent/memory").entries == first.entries)
    }
}
