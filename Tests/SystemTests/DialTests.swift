import Glibc
import System
import Testing

@Suite("Connections that are dialled") struct DialTests {
    private func listener() throws -> (socket: Descriptor, port: UInt16) {
        let socket = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(bound == 0 && listen(socket.number, 16) == 0)
        return (socket, try InternetSocket.localAddress(of: socket).port)
    }

    private func awaitEnd(of connection: Descriptor) throws -> Int32 {
        let poller = try Poller()
        try poller.add(connection, token: 1, for: .writing)
        var news = Poller.News()
        try poller.wait(until: .now + .seconds(60), &news)
        try #require(news.count == 1)
        return InternetSocket.takeError(of: connection)
    }

    @Test("dialling does not wait; the end is told, and bytes go both ways until one side ends its half")
    func dial() throws {
        let (socket, port) = try listener()
        let near = try InternetSocket.dial([127, 0, 0, 1], port: port)
        #expect(try awaitEnd(of: near) == 0)
        let far = try #require(try InternetSocket.accept(socket))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
        defer { buffer.deallocate() }
        #expect(ByteTransfer.receive(from: far, into: buffer) == .wouldWait)
        #expect([1, 2, 3].withUnsafeBytes { ByteTransfer.send($0, over: near) } == .moved(24))
        #expect(ByteTransfer.receive(from: far, into: buffer) == .moved(8))
        #expect(ByteTransfer.receive(from: far, into: buffer) == .moved(8))
        #expect(ByteTransfer.receive(from: far, into: buffer) == .moved(8))
        ByteTransfer.endSending(over: near)
        #expect(try far.waitUntilReadable(milliseconds: 60_000))
        #expect(ByteTransfer.receive(from: far, into: buffer) == .moved(0))
        InternetSocket.resetWhenClosed(far)
        #expect([4].withUnsafeBytes { ByteTransfer.send($0, over: far) } == .moved(8))
    }

    @Test("a port where nobody listens says so in the end")
    func refused() throws {
        let (socket, port) = try listener()
        shutdown(socket.number, Int32(SHUT_RDWR))
        let connection = try InternetSocket.dial([127, 0, 0, 1], port: port)
        #expect(try awaitEnd(of: connection) == ECONNREFUSED)
    }

    @Test("an address has four bytes or sixteen")
    func wrong() {
        #expect(throws: SystemError.self) { try InternetSocket.dial([127, 0, 0], port: 1) }
        #expect(throws: SystemError.self) { try InternetSocket.dial([], port: 1) }
    }

    @Test("this machine's addresses are known")
    func own() throws {
        #expect(try OwnAddresses.all().contains([127, 0, 0, 1]))
    }

    @Test("another version of a file is told from the last")
    func versions() throws {
        let scratch = try Scratch()
        let path = scratch.file("one")
        #expect(FileVersion(path) == nil)
        try Files.replace(path, with: [1])
        let first = FileVersion(path)
        #expect(first != nil)
        #expect(FileVersion(path) == first)
        try Files.replace(path, with: [2])
        #expect(FileVersion(path) != first)
    }
}
