import CLinux
import Foundation
import Glibc
import GuestProtocol
import Testing

#if arch(arm64)
    private let systemCall = (ptrace: 117, sigqueueinfo: 138)
#else
    private let systemCall = (ptrace: 101, sigqueueinfo: 129)
#endif

@Suite(.serialized) struct IsolationTests {
    /// What the agent itself sees, one `name=value` a line.
    private static let look = """
        grep -E '^(Cap|NoNewPrivs|Uid|Gid|Groups)' /proc/self/status | tr -d '\\t '
        echo links=$(ls /sys/class/net | tr '\\n' ' ')
        ls /proc/1/fd >/dev/null 2>&1; echo fd=$?
        cat /proc/1/environ >/dev/null 2>&1; echo environ=$?
        kill -9 1; echo kill=$?
        perl -e 'print "ptrace=", syscall(\(systemCall.ptrace), 16, 1, 0, 0) == 0 ? 0 : $!{EPERM}, "\\n"'
        ls /run/guest >/dev/null 2>&1; echo list=$?
        rm -f /run/guest/output; echo x 2>/dev/null >/run/guest/program; cat </run/guest/output 2>/dev/null
        echo output=$(stat -c %F:%U:%a /run/guest/output)
        stat -c program=%U:%a /run/guest/program
        chmod 600 /run/guest/program 2>/dev/null; echo chmod=$?
        """

    @Test("the agent has no capability, no interface and no way into the first process", arguments: Engine.all)
    func agentSight(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(peer, shell: Self.look)
        try peer.expect(.exited(.code(0)))
        let seen = sandbox.scrollback.split(separator: "\r\n").filter {
            !$0.contains("annot") && !$0.contains("denied")
        }
        #expect(
            seen == [
                "Uid:1000100010001000", "Gid:1000100010001000", "Groups:", "CapInh:0000000000000000",
                "CapPrm:0000000000000000", "CapEff:0000000000000000", "CapBnd:0000000000000000",
                "CapAmb:0000000000000000", "NoNewPrivs:1", "links=lo", "fd=2", "environ=1", "kill=0", "ptrace=1",
                "list=2", "output=fifo:root:622", "program=root:444", "chmod=1",
            ])
    }

    @Test("signals of the agent's do not end the first process, not even with a forged sender", arguments: Engine.all)
    func agentSignals(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        // rt_sigqueueinfo(1, SIGTERM) with si_code SI_QUEUE and si_pid 0
        let forge =
            "$info = pack('iiiiiix104', 15, 0, -1, 0, 0, 1000); print syscall(\(systemCall.sigqueueinfo), 1, 15, $info)"
        #expect(try sandbox.execute(peer, ["sh", "-c", "kill -TERM 1 && kill -INT 1 && kill -HUP 1"]).exit == .code(0))
        #expect(try sandbox.execute(peer, ["perl", "-e", forge]).output == "0")
        #expect(try sandbox.execute(peer, ["echo", "alive"]).output == "alive\n")
    }

    @Test("a stop from outside lets the agent end, and records how", arguments: Engine.all)
    func stop(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(
            peer, shell: "trap 'echo bye; exit 4' TERM; trap '' HUP; echo ready; while :; do sleep 0.1; done")
        while !sandbox.scrollback.contains("ready") { usleep(10_000) }
        try engine.run(["stop", "-t", "10", sandbox.name])
        try peer.expect(.exited(.code(4)))
        #expect(try sandbox.recordedExit == .exited(.code(4)))
        #expect(sandbox.scrollback == "ready\r\nbye\r\n")
        #expect(try engine.run(["inspect", "-f", "{{.State.ExitCode}}", sandbox.name]) == "143")
    }

    @Test("an agent that will not stop is killed in time for the record", arguments: Engine.all)
    func stubbornAgent(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        try sandbox.launch(peer, shell: "trap '' TERM HUP; echo ready; while :; do sleep 0.1; done")
        while !sandbox.scrollback.contains("ready") { usleep(10_000) }
        try engine.run(["stop", "-t", "10", sandbox.name])
        #expect(try sandbox.recordedExit == .exited(.signal(9)))
        #expect(try engine.run(["inspect", "-f", "{{.State.ExitCode}}", sandbox.name]) == "143")
    }

    @Test("what is no message, or has other descriptors than it should, ends the connection", arguments: Engine.all)
    func badMessages(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let null = open("/dev/null", O_RDWR)
        defer { close(null) }
        let launch = HostMessage.Launch(
            program: sandbox.program([Array("true".utf8)]), size: TerminalSize(columns: 80, rows: 24),
            scrollbackLimit: 0)
        let attempts: [([UInt8], [Int32])] = [
            ([0, 0, 0, 0], []), ([0xff, 0xff, 0xff, 0xff], []), ([0, 0, 0, 1, 99], []), ([0, 0, 0, 2, 135, 0], []),
            (try HostMessage.end.encode(), [null]), (try HostMessage.launch(launch).encode(), []),
            (try HostMessage.launch(launch).encode(), [null, null, null]),
        ]
        for (bytes, descriptors) in attempts {
            let peer = try sandbox.greet()
            try peer.send(raw: bytes, descriptors)
            #expect(throws: Peer.Failure.self) { try peer.receive() }
        }
        let peer = try sandbox.greet()
        try peer.send(.launch(launch), [null, null])
        try peer.expect(.failure(request: 0, reason: "the exit record is not a regular file"))
    }

    @Test("a supervisor that does not read is left, and the next one is greeted", arguments: Engine.all)
    func deafSupervisor(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let deaf = try sandbox.greet()
        let message = try HostMessage.signal(request: 1, number: 1).encode()
        #expect(throws: Peer.Failure.self) { while true { try deaf.send(raw: message) } }
        let next = try sandbox.greet()
        #expect(try sandbox.execute(next, ["echo", "fine"]).output == "fine\n")
    }
}
