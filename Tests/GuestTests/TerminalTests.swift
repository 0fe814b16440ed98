import CLinux
import Glibc
import GuestProtocol
import Testing

@Suite(.serialized) struct TerminalTests {
    private static let size = TerminalSize(columns: 90, rows: 20)

    private func attach(_ peer: Peer, _ request: UInt32) throws -> Int32 {
        try peer.send(.attach(.init(request: request, size: Self.size, terminal: "xterm")))
        let (message, descriptors) = try peer.receive()
        guard message == .attached(request: request), descriptors.count == 1 else {
            throw Peer.Failure.unexpected(message)
        }
        return descriptors[0]
    }

    @Test("an attached terminal shows the screen, takes keys and follows its size", arguments: Engine.all)
    func attachment(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(peer, shell: "echo on screen; while read line; do echo \"<$line>\" $(stty size); done")
        let terminal = try attach(peer, 5)
        #expect(readAll(terminal, until: { $0.contains("on screen") }).contains("on screen"))
        #expect(write(terminal, "keys\r", 5) == 5)
        #expect(readAll(terminal, until: { $0.contains("<keys> 20 90") }).contains("<keys> 20 90"))
        #expect(task_set_terminal_size(terminal, 70, 15) == 0)
        // The agent's terminal gets its size a little later than ours.
        var seen = ""
        for _ in 0..<600 where !seen.contains("<more> 15 70") {
            #expect(write(terminal, "more\r", 5) == 5)
            seen += readAll(terminal, until: { $0.contains("<more> ") })
            usleep(100_000)
        }
        #expect(seen.contains("<more> 15 70"))
        close(terminal)
        try peer.expect(.detached(request: 5))
    }

    @Test("no more terminals are opened than 32, and none before a launch", arguments: Engine.all)
    func bounds(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try peer.send(.attach(.init(request: 1, size: Self.size, terminal: "xterm")))
        try peer.expect(.failure(request: 1, reason: "no agent has been launched"))
        try sandbox.launch(peer, shell: "sleep 60")
        let terminals = try (1...32).map { try attach(peer, $0) }
        try peer.send(.attach(.init(request: 33, size: Self.size, terminal: "xterm")))
        try peer.expect(.failure(request: 33, reason: "32 terminals are open already"))
        close(terminals[0])
        try peer.expect(.detached(request: 1))
        close(try attach(peer, 34))
        terminals.dropFirst().forEach { close($0) }
    }

    @Test("input is pasted as it is, in order, and Enter is pressed", arguments: Engine.all)
    func input(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(
            peer, shell: "stty -echo; echo ready; for i in 1 2 3; do IFS= read -r line; echo \"<$line>\"; done; sleep 1"
        )
        while !sandbox.scrollback.contains("ready") { usleep(10_000) }
        let texts = ["#{pane_id}; 'quoted' \\ $HOME ünï", "", String(repeating: "x", count: 3000)]
        for (index, text) in texts.enumerated() {
            try peer.send(.input(.init(request: UInt32(index + 1), text: Array(text.utf8), pressEnter: true)))
        }
        try peer.send(.input(.init(request: 4, text: [], pressEnter: false)))
        for request in 1...4 {
            let message = try peer.receive().message
            #expect(message == .acknowledged(request: UInt32(request)))
        }
        try peer.expect(.exited(.code(0)))
        #expect(sandbox.scrollback == "ready\r\n" + texts.map { "<\($0)>\r\n" }.joined())
    }

    @Test("a signal reaches the agent", arguments: Engine.all)
    func signal(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try peer.send(.signal(request: 1, number: 10))
        try peer.expect(.failure(request: 1, reason: "no agent is running"))
        try sandbox.launch(peer, shell: "trap 'echo got it; exit 8' USR1; echo ready; while :; do sleep 0.1; done")
        while !sandbox.scrollback.contains("ready") { usleep(10_000) }
        try peer.send(.signal(request: 2, number: UInt8(SIGUSR1)))
        try peer.expect(.acknowledged(request: 2))
        try peer.expect(.exited(.code(8)))
        #expect(sandbox.scrollback == "ready\r\ngot it\r\n")
    }

    @Test("a killed agent has ended by that signal", arguments: Engine.all)
    func killing(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(peer, shell: "exec sleep 60")
        try peer.send(.signal(request: 1, number: 9))
        try peer.expect(.acknowledged(request: 1))
        try peer.expect(.exited(.signal(9)))
        #expect(try !sandbox.execute(peer, ["sh", "-c", "cat /proc/[0-9]*/comm"]).output.contains("sleep"))
    }
}
