import Foundation
import Glibc
import GuestProtocol
import Testing

@Suite(.serialized) struct CommandTests {
    @Test("a command runs as the agent's user, with its own output and error, before any launch", arguments: Engine.all)
    func command(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        let script = "id -u; id -G; pwd; cat; echo oops >&2; ls /proc/self/fd | wc -l; exit 9"
        try peer.send(.exec(request: 4, sandbox.program(["sh", "-c", script].map { Array($0.utf8) })))
        let (message, descriptors) = try peer.receive()
        #expect(message == .execStarted(request: 4))
        #expect(descriptors.map { readAll($0) } == ["1000\n1000\n/tmp\n4\n", "oops\n"])
        descriptors.forEach { close($0) }
        try peer.expect(.execExited(request: 4, .code(9)))
    }

    @Test("a command that cannot be run is a failure that says why", arguments: Engine.all)
    func missing(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        for (name, reason) in [
            ("nothing", "nothing: not found"), ("/etc/passwd", "run /etc/passwd: Permission denied"),
        ] {
            try peer.send(.exec(request: 1, sandbox.program([Array(name.utf8)])))
            try peer.expect(.failure(request: 1, reason: reason))
        }
    }

    @Test("a cancelled command is killed with everything it started, and no more than eight run", arguments: Engine.all)
    func cancelling(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        for request in UInt32(1)...8 {
            try peer.send(
                .exec(request: request, sandbox.program(["sh", "-c", "sleep 60 & wait"].map { Array($0.utf8) })))
            let (message, descriptors) = try peer.receive()
            #expect(message == .execStarted(request: request))
            descriptors.forEach { close($0) }
        }
        try peer.send(.exec(request: 9, sandbox.program([Array("true".utf8)])))
        try peer.expect(.failure(request: 9, reason: "8 commands are running already"))
        for request in UInt32(1)...8 {
            try peer.send(.cancelExec(request: request))
            try peer.expect(.execExited(request: request, .signal(9)))
        }
        #expect(try !sandbox.execute(peer, ["sh", "-c", "cat /proc/[0-9]*/comm"]).output.contains("sleep"))
    }

    @Test("commands end with the connection that asked for them", arguments: Engine.all)
    func orphaned(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        var peer: Peer? = try sandbox.greet()
        try peer?.send(.exec(request: 1, sandbox.program(["sleep", "60"].map { Array($0.utf8) })))
        _ = try peer?.receive()
        peer = nil
        let next = try sandbox.greet()
        #expect(try !sandbox.execute(next, ["sh", "-c", "cat /proc/[0-9]*/comm"]).output.contains("sleep"))
    }

    @Test(
        "an image with nothing but a shell runs commands, and a launch in it says what is missing",
        arguments: Engine.all)
    func bareImage(engine: Engine) throws {
        let image = try BareImage(engine)
        let sandbox = try Sandbox(engine, image: image.name)
        let peer = try sandbox.greet()
        #expect(try sandbox.execute(peer, ["echo", "hello"]).output == "hello\n")
        try sandbox.requestLaunch(peer, [Array("sh".utf8)])
        try peer.expect(.failure(request: 0, reason: "the image has no tmux, which the agent runs in"))
    }
}

/// An image that holds a static busybox, as a shell and a few tools, and nothing else.
final class BareImage {
    let name = "localhost/task-guest-test-" + UUID().uuidString.prefix(8).lowercased() + ":bare"
    private let engine: Engine

    init(_ engine: Engine) throws {
        self.engine = engine
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        let tools = root.appending(path: "root/bin")
        try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "/bin/busybox", toPath: tools.appending(path: "busybox").path)
        for tool in ["sh", "cat", "echo"] {
            try FileManager.default.createSymbolicLink(
                atPath: tools.appending(path: tool).path, withDestinationPath: "busybox")
        }
        let archive = root.appending(path: "image.tar").path
        try Engine(program: "tar").run(["-C", root.appending(path: "root").path, "-cf", archive, "bin"])
        try engine.run(["import", archive, name])
    }

    deinit {
        _ = try? engine.run(["rmi", "-f", name])
    }
}
