import Glibc
import System
import Testing

@Suite("Captured runs") struct CapturedRunTests {
    private func shell(_ script: String) -> Subprocess { Subprocess("sh", ["-c", script]) }

    private func pid(in file: String, of scratch: Scratch) throws -> Int32 {
        try #require(Int32(scratch.text(file).split(separator: "\n").first ?? ""))
    }

    @Test("when the time is over, the whole group is killed")
    func timeLimit() throws {
        let scratch = try Scratch()
        let program = shell("sleep 100 & echo $! > \(scratch.file("pid")); wait")
        let start = Monotonic.now
        #expect(throws: RunError.timedOut(program: "sh", seconds: 1)) { try program.runBlocking(seconds: 1) }
        #expect((1000..<60_000).contains(Monotonic.now.milliseconds(from: start)))
        let grandchild = try pid(in: "pid", of: scratch)
        #expect(eventually { !isRunning(grandchild) })
    }

    @Test("what prints without end is killed at the limit")
    func outputLimit() throws {
        #expect(throws: RunError.tooMuchOutput(program: "yes", limit: 1_000_000)) {
            try Subprocess("yes").runBlocking(limit: 1_000_000)
        }
        let exact = try Subprocess("head", ["-c", "1000", "/dev/zero"]).runBlocking(limit: 1000)
        #expect(exact.output.count == 1000)
        #expect(throws: RunError.tooMuchOutput(program: "head", limit: 999)) {
            try Subprocess("head", ["-c", "1000", "/dev/zero"]).runBlocking(limit: 999)
        }
    }

    @Test("errors without end are cut but do no harm")
    func errorLimit() throws {
        let result = try shell("head -c 5000000 /dev/zero >&2; echo done").runBlocking(limit: 100)
        #expect(result.outputText == "done\n")
        #expect(result.errors.count == 65536)
    }

    @Test("a grandchild that keeps the pipes open does not hold up the result")
    func grandchild() throws {
        let start = Monotonic.now
        let result = try shell("sleep 60 & echo $!").runBlocking()
        #expect(Monotonic.now.milliseconds(from: start) < 50_000)
        let pid = try #require(Int32(result.outputText.dropLast()))
        kill(pid, SIGKILL)
        #expect(result.succeeded)
    }

    @Test("nor does one that goes on printing", arguments: ["yes", "yes >&2"])
    func printingGrandchild(command: String) throws {
        let result = try shell("for n in 1 2 3 4 5 6 7 8; do \(command) & done; sleep 0.2; exit 3").runBlocking(
            limit: 1 << 30, seconds: 5)
        #expect(result.status == .code(3))
    }

    @Test("nothing printed before the end is lost")
    func complete() throws {
        for _ in 0..<50 {
            let result = try shell("head -c 70000 /dev/zero; echo end").runBlocking()
            #expect(result.output.count == 70004)
        }
    }

    @Test("many run side by side, however few the processors are")
    func asynchronous() async throws {
        let scratch = try Scratch()
        let gate = try Descriptor.pipe()
        // Each waits for a byte that it gets only when all have started.
        let program = shell("echo started >> \(scratch.file("started")); head -c 1")
        let count = 80
        let results = try await withThrowingTaskGroup(of: RunResult.self) { group in
            for _ in 0..<count { group.addTask { try await program.run(input: .descriptor(gate.read), seconds: 60) } }
            let end = Monotonic.now + .seconds(60)
            while Files.size(scratch.file("started")) ?? 0 < count * 8, Monotonic.now < end {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(Files.size(scratch.file("started")) == count * 8)
            try gate.write.write([UInt8](repeating: 0x78, count: count))
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.map(\.outputText) == [String](repeating: "x", count: count))
    }

    @Test("cancelling kills the program and its children")
    func cancellation() async throws {
        let scratch = try Scratch()
        let program = shell("sleep 100 & echo $! > \(scratch.file("pid")); wait")
        let task = Task { () throws -> RunResult in try await program.run() }
        let end = Monotonic.now + .seconds(60)
        while (try? pid(in: "pid", of: scratch)) == nil, Monotonic.now < end {
            try await Task.sleep(for: .milliseconds(5))
        }
        task.cancel()
        await #expect(throws: RunError.cancelled(program: "sh")) { try await task.value }
        let grandchild = try pid(in: "pid", of: scratch)
        #expect(eventually { !isRunning(grandchild) })
    }

    @Test("a task that is cancelled before it starts a program does not let it run")
    func cancelledBefore() async throws {
        let task = Task { () throws -> RunResult in
            while !Task.isCancelled { await Task.yield() }
            return try await Subprocess("sleep", ["100"]).run()
        }
        task.cancel()
        await #expect(throws: RunError.cancelled(program: "sleep")) { try await task.value }
    }

    @Test("no child and no descriptor is left behind")
    func leftovers() throws {
        for _ in 0..<300 { _ = try Subprocess("true").runBlocking() }
        #expect(throws: RunError.self) { try Subprocess("/no/such").runBlocking() }
        #expect(try Files.list("/proc/self/fd").count < 300)
    }
}
