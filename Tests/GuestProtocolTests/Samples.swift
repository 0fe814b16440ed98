import GuestProtocol

/// One of every message, with every kind of field in it.
enum Samples {
    static let program = Program(
        arguments: [Array("claude".utf8), [], [0xff, 0xfe], Array("a b;'\"\n".utf8)],
        environment: [Array("PATH=/bin".utf8), Array("EMPTY=".utf8)], directory: Array("/work/ünï".utf8))

    static let hello = Hello(
        guestVersion: "0.1.0",
        listeners: [Listener(transport: .udp, port: 53), Listener(transport: .tcp, port: 65_535)],
        limits: CgroupLimits(pids: "max", memory: "", cpu: "150000 100000"), agent: .ended(.signal(9)))

    static let guest: [GuestMessage] = [
        .hello(hello), .hello(with(.waiting)), .hello(with(.running(pid: 7))), .hello(with(.ended(.unknown))),
        .launched(pid: 0x0102_0304), .exited(.code(255)), .exited(.signal(64)), .exited(.unknown),
        .attached(request: 1), .detached(request: .max), .execStarted(request: 3), .execExited(request: 4, .code(0)),
        .acknowledged(request: 5), .failure(request: 0, reason: "tmux fehlt – nö"), .failure(request: 6, reason: ""),
        .listening(request: 7),
    ]

    static let host: [HostMessage] = [
        .launch(.init(program: program, size: TerminalSize(columns: 1, rows: 10_000), scrollbackLimit: .max)),
        .attach(.init(request: 1, size: TerminalSize(columns: 80, rows: 24), terminal: "xterm-256color")),
        .input(.init(request: 2, text: [0, 1, 0xff], pressEnter: true)),
        .input(.init(request: 2, text: [], pressEnter: false)), .signal(request: 3, number: 15),
        .exec(request: 4, program), .cancelExec(request: 5), .end,
        .listen(request: 6, port: 443), .listen(request: .max, port: .max),
    ]

    private static func with(_ agent: AgentStatus) -> Hello {
        var hello = hello
        hello.agent = agent
        return hello
    }
}
