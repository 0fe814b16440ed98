import CLinux
import Foundation
import Glibc
import GuestProtocol
import Testing

@Suite(.serialized) struct StartTests {
    @Test("hello hands over every listener and tells the limits in force", arguments: Engine.all)
    func hello(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.accept()
        let (hello, descriptors) = try peer.hello()
        defer { descriptors.forEach { close($0) } }
        #expect(hello.protocolVersion == 2)
        #expect(hello.listeners == Sandbox.listeners)
        #expect(descriptors.map { port($0) } == [53, 53, 80, 443])
        #expect(
            descriptors.map { option($0, SO_TYPE) }
                == [SOCK_DGRAM, SOCK_STREAM, SOCK_STREAM, SOCK_STREAM].map { Int32($0.rawValue) })
        #expect(descriptors.map { option($0, SO_ACCEPTCONN) } == [0, 1, 1, 1])
        #expect(hello.limits == CgroupLimits(pids: "128", memory: "\(256 << 20)", cpu: "150000 100000"))
        #expect(hello.agent == .waiting)
    }

    @Test("the connection comes from the container's first process, which has no capability", arguments: Engine.all)
    func identity(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.greet()
        var credentials = [Int32](repeating: 0, count: 3)
        var size = socklen_t(12)
        #expect(getsockopt(peer.descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0)
        let first = try #require(Int32(try engine.run(["inspect", "-f", "{{.State.Pid}}", sandbox.name])))
        #expect(credentials[0] == first)
        let status = try String(contentsOfFile: "/proc/\(first)/status", encoding: .utf8)
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            #expect(status.contains("\(set):\t0000000000000000\n"))
        }
        #expect(status.contains("NoNewPrivs:\t1\n"))
        #expect(status.contains("Uid:\t1000\t0\t0\t0\n"))
        #expect(status.contains("Gid:\t1000\t0\t0\t0\n"))
    }

    @Test("every IPv4 address leads to the listeners", arguments: Engine.all)
    func addresses(engine: Engine) throws {
        let sandbox = try Sandbox(engine)
        let peer = try sandbox.accept()
        let descriptors = try peer.hello().descriptors
        defer { descriptors.forEach { close($0) } }
        let dial = "exec 3<>/dev/tcp/203.0.113.7/443; echo query >/dev/udp/192.0.2.1/53; cat <&3"
        try peer.send(.exec(request: 1, sandbox.program(["bash", "-c", dial].map { Array($0.utf8) })))
        #expect(wait(descriptors[3], POLLIN, 10))
        let accepted = Glibc.accept(descriptors[3], nil, nil)
        #expect(port(accepted) == 443)
        #expect(address(accepted) == [203, 0, 113, 7])
        #expect(wait(descriptors[0], POLLIN, 10))
        #expect(readAll(descriptors[0], until: { $0.hasSuffix("\n") }) == "query\n")
        close(accepted)
    }

    @Test("nothing is served with what the engine withheld", arguments: Engine.all)
    func missingCapability(engine: Engine) throws {
        let sandbox = try Sandbox(engine, privileges: ["NET_BIND_SERVICE", "SETUID", "SETGID", "SETPCAP", "CHOWN"])
        let message = try sandbox.accept().receive().message
        guard case .failure(0, let reason) = message else { throw Peer.Failure.unexpected(message) }
        #expect(reason.contains("Operation not permitted"))
        #expect(try engine.run(["wait", sandbox.name]) == "1")
        #expect(try engine.run(["logs", sandbox.name]) == "task-guest: \(reason)")
    }

    @Test("nothing is served where no filter of system calls is in force, or the engine's", arguments: Engine.all)
    func missingFilter(engine: Engine) throws {
        let cases = [
            (["--security-opt", "seccomp=unconfined"], "no filter of system calls is in force"),
            ([], "the filter of system calls in force is not this program's"),
        ]
        for (filter, reason) in cases {
            let sandbox = try Sandbox(engine, filter: filter)
            #expect(try sandbox.accept().receive().message == .failure(request: 0, reason: reason))
            #expect(try engine.run(["wait", sandbox.name]) == "1")
        }
    }

    @Test(
        "bad command lines are refused",
        arguments: [
            ["init"], ["init", "--uid", "0", "--gid", "1"], ["init", "--uid", "1", "--gid", "4294967295"],
            ["init", "--uid", "1", "--gid", "1", "--listen", "sctp:1"],
            ["init", "--uid", "1", "--gid", "1", "--listen", "tcp:0"],
            ["init", "--uid", "1", "--gid", "1", "--listen", "tcp:80", "--listen", "tcp:80"],
            ["init", "--uid", "1", "--gid", "1"], ["start"], ["host", "more"], ["agent"], ["agent", "0"],
            ["agent", "1", "2"], ["copy", "x"], ["probe"], ["probe", "more"],
            ["init", "--uid", "1", "--gid", "1", "--own", "relative"],
            ["init", "--uid", "1", "--gid", "1", "--own", "/a/../b"],
            ["init", "--uid", "1", "--gid", "1", "--own", "/"],
            ["init", "--uid", "1", "--gid", "1"] + (0..<33).flatMap { ["--own", "/\($0)"] },
        ])
    func commandLine(arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: Sandbox.guest)
        process.arguments = arguments
        let output = Pipe()
        process.standardError = output
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(text.hasPrefix("task-guest: ") && text.hasSuffix("\n"))
    }

    private func name(_ descriptor: Int32) -> sockaddr_in {
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return name
    }

    private func port(_ descriptor: Int32) -> UInt16 { UInt16(bigEndian: name(descriptor).sin_port) }

    private func address(_ descriptor: Int32) -> [UInt8] {
        withUnsafeBytes(of: name(descriptor).sin_addr.s_addr) { Array($0) }
    }

    private func option(_ descriptor: Int32, _ option: Int32) -> Int32 {
        var value: Int32 = -1
        var size = socklen_t(4)
        getsockopt(descriptor, SOL_SOCKET, option, &value, &size)
        return value
    }
}
