import Glibc
import System
import Testing

@Suite("Unix sockets") struct UnixSocketTests {
    private func pair(_ path: String) throws -> (server: Descriptor, client: Descriptor) {
        let listener = try UnixSocket.listen(at: path, mode: 0o600)
        let client = try UnixSocket.connect(to: path)
        return (try UnixSocket.accept(listener), client)
    }

    @Test("a path of any length", arguments: [10, 107, 108, 300, 1000])
    func longPaths(length: Int) throws {
        let scratch = try Scratch()
        var directory = scratch.path
        while directory.utf8.count + 102 < length { directory += "/" + String(repeating: "d", count: 99) }
        try Files.makeDirectory(directory)
        let path = "\(directory)/" + String(repeating: "s", count: min(80, max(1, length - directory.utf8.count - 1)))
        let (server, client) = try pair(path)
        try UnixSocket.send(Array("hello".utf8), over: client)
        #expect(try UnixSocket.receive(atMost: 100, from: server).bytes == Array("hello".utf8))
        #expect(Files.exists(path))
    }

    @Test("a name that is too long is an error")
    func longName() throws {
        let scratch = try Scratch()
        let path = scratch.file(String(repeating: "s", count: 120))
        #expect(throws: SystemError("use the socket", path, code: ENAMETOOLONG)) {
            try UnixSocket.listen(at: path, mode: 0o600)
        }
    }

    @Test("the socket has the mode, and replaces one that is left over")
    func mode() throws {
        let scratch = try Scratch()
        for mode in [0o600, 0o666] as [UInt32] {
            let listener = try UnixSocket.listen(at: scratch.file("s"), mode: mode)
            var status = stat()
            try #require(stat(scratch.file("s"), &status) == 0)
            #expect(status.st_mode & 0o7777 == mode && status.st_mode & S_IFMT == S_IFSOCK)
            withExtendedLifetime(listener) {}
        }
        #expect(throws: SystemError("connect to", scratch.file("s"), code: ECONNREFUSED)) {
            try UnixSocket.connect(to: scratch.file("s"))
        }
    }

    @Test("descriptors come through, close-on-exec, with the bytes they were sent with", arguments: [1, 100, 253])
    func descriptors(count: Int) throws {
        let scratch = try Scratch()
        let (server, client) = try pair(scratch.file("s"))
        let pipe = try Descriptor.pipe()
        try UnixSocket.send(
            [1, 2, 3], descriptors: [Descriptor](repeating: pipe.write, count: count), over: client)
        let received = try UnixSocket.receive(atMost: 10, from: server)
        #expect(received.bytes == [1, 2, 3] && received.descriptors.count == count)
        for descriptor in received.descriptors {
            #expect(fcntl(descriptor.number, F_GETFD) & FD_CLOEXEC != 0)
            #expect(descriptor.number != pipe.write.number)
            try descriptor.write([7])
        }
        #expect(try pipe.read.read(atMost: 1000) == [UInt8](repeating: 7, count: count))
    }

    @Test("more descriptors than the kernel takes are an error")
    func tooMany() throws {
        let scratch = try Scratch()
        let (_, client) = try pair(scratch.file("s"))
        #expect(throws: SystemError.self) {
            try UnixSocket.send([1], descriptors: [Descriptor](repeating: client, count: 254), over: client)
        }
    }

    @Test("the peer is known")
    func peer() throws {
        let scratch = try Scratch()
        let (server, client) = try pair(scratch.file("s"))
        #expect(try UnixSocket.peer(of: server).pid == getpid())
        #expect(try UnixSocket.peer(of: server).user == getuid())
        withExtendedLifetime(client) {}
    }

    @Test("the end is no bytes, and writing after it an error, not a signal")
    func end() throws {
        let scratch = try Scratch()
        let listener = try UnixSocket.listen(at: scratch.file("s"), mode: 0o600)
        _ = try UnixSocket.connect(to: scratch.file("s"))
        let server = try UnixSocket.accept(listener)
        #expect(try UnixSocket.receive(atMost: 10, from: server).bytes.isEmpty)
        #expect(throws: SystemError("send over", "descriptor \(server.number)", code: EPIPE)) {
            try UnixSocket.send([1], over: server)
        }
    }

    @Test("a message larger than any buffer arrives whole")
    func large() throws {
        let scratch = try Scratch()
        let (server, client) = try pair(scratch.file("s"))
        let message = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sender = try WorkerThread(stack: 1 << 20) { try? UnixSocket.send(message, over: client) }
        var received: [UInt8] = []
        while received.count < message.count {
            let bytes = try UnixSocket.receive(atMost: 65536, from: server).bytes
            try #require(!bytes.isEmpty)
            received += bytes
        }
        sender.finish()
        #expect(received == message)
    }
}
