import Glibc
import GuestProtocol
import Testing

/// Ports that are opened while the agent runs.
@Suite(.serialized) struct ListenTests {
    @Test("a port below 1024 is opened without a capability, and every supervisor gets it", arguments: Engine.all)
    func listen(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        var peer: Peer? = try sandbox.greet()
        try sandbox.launch(try #require(peer), shell: "sleep 60")
        let socket = try self.listen(try #require(peer), on: 22)
        defer { close(socket) }
        try expectConnection(sandbox, try #require(peer), to: 22, at: socket)

        // Asked for again, it is the same socket, which every copy accepts from.
        let again = try self.listen(try #require(peer), on: 22)
        defer { close(again) }
        try expectConnection(sandbox, try #require(peer), to: 22, at: socket)

        peer = nil
        peer = try sandbox.accept()
        let (hello, descriptors) = try #require(peer).hello()
        defer { descriptors.forEach { close($0) } }
        #expect(hello.listeners == Sandbox.listeners + [Listener(transport: .tcp, port: 22)])
        try expectConnection(sandbox, try #require(peer), to: 22, at: try #require(descriptors.last))
    }

    @Test("a port that was open from the start is handed over again", arguments: Engine.all)
    func alreadyOpen(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        let socket = try listen(peer, on: 443)
        defer { close(socket) }
        try expectConnection(sandbox, peer, to: 443, at: socket)
    }

    @Test("what the agent uses is refused, and what the guest has the agent cannot have", arguments: Engine.all)
    func taken(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        let serve = { (port: Int) in
            """
            use IO::Socket::INET; $| = 1;
            my $socket = IO::Socket::INET->new(
                Listen => 1, LocalAddr => "127.0.0.1", LocalPort => \(port), ReuseAddr => 1) or die "$!\\n";
            print "mine"; sleep 60
            """
        }
        close(try listen(peer, on: 8080))
        #expect(try sandbox.execute(peer, ["perl", "-e", serve(8080)]).output == "Address already in use\n")
        try sandbox.launch(peer, shell: "exec perl -e '\(serve(8081))'")
        for _ in 1...1000 where sandbox.scrollback.isEmpty { usleep(10_000) }
        #expect(sandbox.scrollback == "mine")
        try peer.send(.listen(request: 5, port: 8081))
        try peer.expect(.failure(request: 5, reason: "listen on tcp:8081: Address already in use"))
    }

    @Test("no more ports are open than a hello can name", arguments: Engine.all)
    func bound(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        let room = UInt16(Bounds.listeners - Sandbox.listeners.count)
        for port in 1000..<(1000 + room) { close(try listen(peer, on: port)) }
        try peer.send(.listen(request: 2, port: 999))
        try peer.expect(.failure(request: 2, reason: "250 listeners are open already"))
    }

    /// Asks for a port and returns the socket.
    private func listen(_ peer: Peer, on port: UInt16) throws -> Int32 {
        try peer.send(.listen(request: 3, port: port))
        let (message, descriptors) = try peer.receive()
        guard message == .listening(request: 3), descriptors.count == 1 else { throw Peer.Failure.unexpected(message) }
        return descriptors[0]
    }

    /// Connects from inside, to an address that nobody has given to anybody, and accepts outside.
    private func expectConnection(_ sandbox: Sandbox, _ peer: Peer, to port: UInt16, at socket: Int32) throws {
        let dial = "exec 3<>/dev/tcp/203.0.113.7/\(port); cat <&3"
        try peer.send(.exec(request: 1, sandbox.program(["bash", "-c", dial].map { Array($0.utf8) })))
        let (message, output) = try peer.receive()
        #expect(message == .execStarted(request: 1))
        defer { output.forEach { close($0) } }
        guard wait(socket, POLLIN, 10) else { throw Peer.Failure.timeout }
        let accepted = accept(socket, nil, nil)
        #expect(write(accepted, "hello", 5) == 5)
        close(accepted)
        #expect(readAll(output[0]) == "hello")
        try peer.expect(.execExited(request: 1, .code(0)))
    }
}
