import Synchronization
import Testing

@testable import EngineAPI

@Suite("the pipe of an upload")
struct UploadPipeTests {
    private func read(_ pipe: UploadPipe, _ count: Int) -> (UploadPipe.Reading, [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: count)
        let reading = buffer.withUnsafeMutableBytes { pipe.read(into: $0) }
        return (reading, buffer)
    }

    @Test("a writer that is faster than the reader waits, and all arrives in order")
    func bounded() async throws {
        let pipe = UploadPipe(wake: {})
        let all = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 >> 8) }
        let written = Mutex(false)
        let writer = Task {
            try await pipe.write(all)
            written.withLock { $0 = true }
            pipe.end()
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(!written.withLock { $0 })
        var seen: [UInt8] = []
        reading: while true {
            let (reading, bytes) = read(pipe, 70_000)
            switch reading {
            case .bytes(let count): seen += bytes.prefix(count)
            case .nothingYet: await Task.yield()
            case .end: break reading
            case .failed(let reason):
                Issue.record("\(reason)")
                break reading
            }
        }
        #expect(seen == all)
        try await writer.value
    }

    @Test("the reader is woken once for what it found missing")
    func wake() async throws {
        let woken = Mutex(0)
        let pipe = UploadPipe(wake: { woken.withLock { $0 += 1 } })
        try await pipe.write([1])
        #expect(woken.withLock { $0 } == 0)
        #expect(read(pipe, 10).0 == .bytes(1))
        #expect(read(pipe, 10).0 == .nothingYet)
        try await pipe.write([2])
        try await pipe.write([3])
        #expect(woken.withLock { $0 } == 1)
        #expect(read(pipe, 10).0 == .bytes(2))
        #expect(read(pipe, 10).0 == .nothingYet)
        pipe.end("broken")
        #expect(woken.withLock { $0 } == 2)
        #expect(read(pipe, 10).0 == .failed("broken"))
    }

    @Test("a writer that waits is told when the request ends")
    func closed() async throws {
        let pipe = UploadPipe(wake: {})
        let writer = Task { try await pipe.write([UInt8](repeating: 0, count: 3_000_000)) }
        try await Task.sleep(for: .milliseconds(50))
        pipe.close()
        await #expect(throws: CancellationError.self) { try await writer.value }
    }
}
