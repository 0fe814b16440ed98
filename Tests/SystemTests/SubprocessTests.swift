import Glibc
import System
import Testing

@Suite("Programs") struct SubprocessTests {
    private func shell(_ script: String, _ arguments: [String] = []) -> Subprocess {
        Subprocess("sh", ["-c", script, "sh"] + arguments)
    }

    @Test("arguments arrive as they are")
    func arguments() throws {
        let odd = [
            "", " ", "a b", "$HOME", "*", "'\"\\", "line\nfeed", "--", "-n", "ä\u{1b}",
            String(repeating: "x", count: 100_000),
        ]
        let result = try shell("for a in \"$@\"; do printf '%s\\0' \"$a\"; done", odd).runBlocking()
        #expect(result.output == odd.flatMap { Array($0.utf8) + [0] })
        #expect(result.succeeded && result.errors.isEmpty)
    }

    @Test("the environment is the given one and nothing more, or this process's own")
    func environment() throws {
        let given = Subprocess("env", ["-0"], environment: ["A": "b c\n=", "EMPTY": ""])
        #expect(try given.runBlocking().outputText == "A=b c\n=\0EMPTY=\0")
        let inherited = try Subprocess("env", ["-0"]).runBlocking().outputText.split(separator: "\0")
        #expect(inherited.contains { $0.hasPrefix("PATH=") })
    }

    @Test("the directory is the given one")
    func directory() throws {
        let scratch = try Scratch()
        let result = try Subprocess("pwd", directory: scratch.path).runBlocking()
        #expect(result.outputText == "\(scratch.path)\n")
        #expect(throws: RunError.system(SystemError("run", "pwd", code: ENOENT))) {
            try Subprocess("pwd", directory: scratch.file("none")).runBlocking()
        }
    }

    @Test(
        "how it ended is told exactly",
        arguments: [
            ("exit 0", .code(0)), ("exit 3", .code(3)), ("exit 255", .code(255)), ("kill -TERM $$", .signal(SIGTERM)),
            ("kill -KILL $$", .signal(SIGKILL)), ("kill -INT $$", .signal(SIGINT)), ("kill -PIPE $$", .signal(SIGPIPE)),
        ] as [(String, System.ExitStatus)])
    func status(script: String, status: System.ExitStatus) throws {
        #expect(try shell(script).runBlocking().status == status)
    }

    @Test("no such program is an error, not an exit code")
    func missing() {
        #expect(throws: RunError.system(SystemError("run", "/no/such", code: ENOENT))) {
            try Subprocess("/no/such").runBlocking()
        }
        #expect(throws: RunError.system(SystemError("run", "/etc/passwd", code: EACCES))) {
            try Subprocess("/etc/passwd").runBlocking()
        }
    }

    @Test("output and errors are kept apart, whatever their order and size")
    func streams() throws {
        let result = try shell("head -c 300000 /dev/zero >&2; head -c 1000000 /dev/zero; echo end >&2").runBlocking()
        #expect(result.output.count == 1_000_000)
        #expect(result.errors.count == 65536)
    }

    @Test("input comes from where it should")
    func input() throws {
        #expect(try Subprocess("cat").runBlocking().output.isEmpty)
        let pipe = try Descriptor.pipe()
        try pipe.write.write(Array("through the pipe".utf8))
        let result = try Subprocess("head", ["-c", "16"]).runBlocking(input: .descriptor(pipe.read))
        #expect(result.outputText == "through the pipe")
    }

    @Test("blocked and ignored signals of this process are not passed on")
    func signals() throws {
        // A write to a closed pipe must end a program, though test runners often ignore that signal.
        let result = try shell("grep -E '^Sig(Blk|Ign)' /proc/self/status").runBlocking()
        let masks = result.outputText.split(separator: "\n").compactMap { UInt64($0.suffix(16), radix: 16) }
        try #require(masks.count == 2)
        // Signals 32 and 33 are the C library's own; posix_spawn(3) leaves them ignored.
        #expect(masks[0] == 0 && masks[1] & ~0x1_8000_0000 == 0)
    }

    @Test("no descriptor of this process reaches a child")
    func descriptors() throws {
        let scratch = try Scratch()
        let pipe = try Descriptor.pipe()
        let listener = try UnixSocket.listen(at: scratch.file("s"), mode: 0o600)
        let client = try UnixSocket.connect(to: scratch.file("s"))
        let accepted = try UnixSocket.accept(listener)
        try UnixSocket.send([1], descriptors: [pipe.read], over: client)
        let passed = try UnixSocket.receive(atMost: 1, from: accepted).descriptors
        let lock = try FileLock.take(scratch.file("lock"))
        let poller = try Poller()
        // As what this process may have got from whoever started it: it would be passed on.
        let inherited = Descriptor(owning: dup(accepted.number))
        try #require(fcntl(inherited.number, F_GETFD) == 0)
        let mine = try (passed + [pipe.read, pipe.write, listener, client, accepted]).map { descriptor in
            try link(descriptor.number)
        }
        let result = try Subprocess("ls", ["-l", "/proc/self/fd"]).runBlocking()
        #expect(result.outputText.contains("pipe:["))
        for target in mine + ["eventpoll", "eventfd", scratch.path] { #expect(!result.outputText.contains(target)) }
        withExtendedLifetime((lock, poller, passed, pipe, inherited)) {}
    }

    /// What a descriptor is, as `ls` shows it: "pipe:[4711]".
    private func link(_ number: Int32) throws -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/self/fd/\(number)", &buffer, buffer.count - 1)
        try #require(count > 0)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
