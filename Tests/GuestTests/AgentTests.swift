import Foundation
import Glibc
import GuestProtocol
import Testing

@Suite(.serialized) struct AgentTests {
    @Test("arguments, environment and directory arrive as they were given", arguments: Engine.all)
    func exactness(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        let awkward: [[UInt8]] =
            [
                "two words", "'", "\"", ";", "\\;", "a;", "new\nline", "", "-x", "--", "#{pane_id}", "%0", "$HOME",
                "`id`",
                "ünï→", "\u{1b}[31m", "*",
            ].map { Array($0.utf8) } + [[0xff, 0xfe]]
        let script = "$|=1; print join(',', map { unpack('H*', $_) } @ARGV), \"|$ENV{GREETING}|\"; system 'pwd'"
        try sandbox.requestLaunch(peer, ["perl", "-e", script, "--"].map { Array($0.utf8) } + awkward, at: "/usr/lib")
        guard case .launched = try peer.receive().message else { throw Peer.Failure.closed }
        try peer.expect(.exited(.code(0)))
        let expected = awkward.map { $0.map { String(Int($0) + 0x100, radix: 16).dropFirst() }.joined() }.joined(
            separator: ",")
        #expect(sandbox.scrollback == expected + "|it's me; #{pane_id}|/usr/lib\r\n")
    }

    @Test("how the agent ended is recorded, told, and told again", arguments: Engine.all)
    func exits(engine: Engine) throws {
        let cases: [(String, AgentExit)] = [("exit 0", .code(0)), ("exit 42", .code(42)), ("kill -9 $$", .signal(9))]
        for (shell, exit) in cases {
            let sandbox = try Sandbox(engine)
            let peer = try sandbox.greet()
            try sandbox.launch(peer, shell: shell)
            try peer.expect(.exited(exit))
            #expect(try sandbox.recordedExit == .exited(exit))
            // The guest stays, for exports, until it is told to go.
            #expect(try sandbox.execute(peer, ["echo", "still here"]).output == "still here\n")
            try peer.send(.end)
            #expect(try engine.run(["wait", sandbox.name]) == "0")
        }
    }

    @Test("an agent that cannot be run says so on its terminal", arguments: Engine.all)
    func missingProgram(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.requestLaunch(peer, [Array("no-such-agent".utf8)])
        guard case .launched = try peer.receive().message else { throw Peer.Failure.closed }
        try peer.expect(.exited(.code(127)))
        #expect(sandbox.scrollback == "task-guest: cannot run no-such-agent: No such file or directory\r\n")
    }

    @Test("a directory that is not there is a failure, and another launch may follow", arguments: Engine.all)
    func missingDirectory(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.requestLaunch(peer, [Array("true".utf8)], at: "/nowhere")
        try peer.expect(.failure(request: 0, reason: "enter /nowhere: No such file or directory"))
        try sandbox.launch(peer, shell: "exit 3")
        try sandbox.requestLaunch(peer, [Array("true".utf8)])
        let answers = [try peer.receive().message, try peer.receive().message]
        #expect(answers.contains(.exited(.code(3))))
        #expect(answers.contains(.failure(request: 0, reason: "an agent has been launched already")))
    }

    @Test("not a byte of much output is missing", arguments: Engine.all)
    func output(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(peer, shell: "seq 200000")
        try peer.expect(.exited(.code(0)))
        #expect(sandbox.scrollback == (1...200_000).map { "\($0)\r\n" }.joined())
    }

    @Test("the scrollback takes no more disk than its limit, and keeps the newest output", arguments: Engine.all)
    func limit(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(peer, shell: "seq 1000000", limit: 1 << 20)
        try peer.expect(.exited(.code(0)))
        let whole = Array((1...1_000_000).map { "\($0)\r\n" }.joined().utf8)
        let kept = sandbox.file("scrollback")
        #expect(kept.count == whole.count)
        #expect(kept.suffix(1 << 20) == whole.suffix(1 << 20))
        #expect(kept.prefix(4096).allSatisfy { $0 == 0 })
        var status = stat()
        #expect(stat(sandbox.directory.appending(path: "scrollback").path, &status) == 0)
        #expect(status.st_blocks * 512 <= (1 << 20) + (1 << 17) + 8192)
    }

    @Test("an end while no supervisor is connected is not lost", arguments: Engine.all)
    func reconnection(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        var peer: Peer? = try sandbox.greet()
        let pid = try sandbox.launch(try #require(peer), shell: "read line; echo after $line; exit 5")
        peer = nil
        peer = try sandbox.accept()
        let (hello, descriptors) = try #require(peer).hello()
        #expect(hello.agent == .running(pid: pid))
        #expect(descriptors.count == Sandbox.listeners.count)
        descriptors.forEach { close($0) }
        try peer?.send(.input(.init(request: 9, text: Array("this".utf8), pressEnter: true)))
        try sandbox.hideSocket()
        peer = nil
        while try sandbox.recordedExit == nil { usleep(10_000) }
        try sandbox.showSocket()
        peer = try sandbox.accept()
        let last = try #require(peer).hello()
        last.descriptors.forEach { close($0) }
        #expect(last.hello.agent == .ended(.code(5)))
        #expect(sandbox.scrollback.hasSuffix("after this\r\n"))
    }

    @Test("an agent that kills its terminal server has ended", arguments: Engine.all)
    func lostServer(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(peer, shell: "trap '' HUP; sleep 0.3; kill -9 $(tmux display -p '#{pid}'); exec sleep 60")
        try peer.expect(.exited(.unknown))
        #expect(try sandbox.recordedExit == .exited(.unknown))
        #expect(try sandbox.execute(peer, ["sh", "-c", "cat /proc/[0-9]*/comm"]).output.contains("sleep") == false)
    }
}
