import CLinux
import Foundation
import Glibc
import GuestProtocol

/// A real container whose first process is the guest, and the directory that it shares with this process, which plays
/// the supervisor. Everything is removed when it goes out of scope.
final class Sandbox {
    let engine: Engine
    let name = "task-guest-test-" + UUID().uuidString.prefix(8).lowercased()
    let directory: URL
    private let listening: Int32

    static let guest = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "task-guest").path

    /// The project's own, which both engines' programs take by its path.
    static let seccomp = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "images/seccomp.json").path

    static let listeners = [
        Listener(transport: .udp, port: 53), Listener(transport: .tcp, port: 53), Listener(transport: .tcp, port: 80),
        Listener(transport: .tcp, port: 443),
    ]

    init(
        _ engine: Engine, image: String = Engine.image, user: UInt32 = 1000, privileges: [String]? = nil,
        command: [String]? = nil, mounts: [String] = [], owned: [String] = [],
        filter: [String] = ["--security-opt", "seccomp=\(seccomp)"]
    ) throws {
        self.engine = engine
        directory = FileManager.default.temporaryDirectory.appending(path: name)
        let run = directory.appending(path: "run")
        try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        for path in [directory.path, run.path] { chmod(path, 0o711) }
        listening = try listen(on: run.appending(path: "control.sock").path)
        let capabilities = privileges ?? ["NET_ADMIN", "NET_BIND_SERVICE", "SETUID", "SETGID", "SETPCAP", "CHOWN"]
        let ports = Self.listeners.flatMap { ["--listen", "\($0.transport):\($0.port)"] }
        var words = ["run", "-d", "--name", name, "--network", "none", "--user", "0:0", "--cap-drop", "ALL"]
        words += capabilities.flatMap { ["--cap-add", $0] }
        words += ["--security-opt", "no-new-privileges"] + filter
        words += ["--sysctl", "net.ipv4.ip_unprivileged_port_start=0", "--read-only"]
        words += ["--pids-limit", "128", "--memory", "256m", "--cpus", "1.5"]
        words += ["--tmpfs", "/tmp:rw,exec,mode=1777", "--tmpfs", "/run:rw,mode=0755"]
        words += ["-v", "\(run.path):/run/task:ro", "-v", "\(Self.guest):/.task/guest:ro"]
        words += mounts.flatMap { ["-v", $0] }
        words += ["--entrypoint", "/.task/guest", image]
        try engine.run(
            words
                + (command ?? ["init", "--uid", "\(user)", "--gid", "\(user)"] + ports
                    + owned.flatMap { ["--own", $0] }))
    }

    deinit {
        close(listening)
        _ = try? engine.run(["rm", "-f", name])
        _ = try? FileManager.default.removeItem(at: directory)
    }

    /// Takes the socket away, as a supervisor that is not running does, and gives it back.
    func hideSocket() throws {
        try FileManager.default.moveItem(at: socketPath, to: directory.appending(path: "hidden"))
    }
    func showSocket() throws {
        try FileManager.default.moveItem(at: directory.appending(path: "hidden"), to: socketPath)
    }
    private var socketPath: URL { directory.appending(path: "run/control.sock") }

    /// The next connection of the guest.
    func accept(within seconds: Double = 180) throws -> Peer {
        guard wait(listening, POLLIN, seconds) else { throw Peer.Failure.timeout }
        return Peer(Glibc.accept(listening, nil, nil))
    }

    /// A connection whose greeting has been read.
    func greet() throws -> Peer {
        let peer = try accept()
        for descriptor in try peer.hello().descriptors { close(descriptor) }
        return peer
    }

    /// Asks for a launch with fresh files for output and exit; does not wait for the answer.
    func requestLaunch(_ peer: Peer, _ arguments: [[UInt8]], limit: UInt64 = 64 << 20, at directory: String = "/tmp")
        throws
    {
        let files = ["scrollback", "exit"].map {
            open(self.directory.appending(path: $0).path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        }
        defer { files.forEach { close($0) } }
        let launch = HostMessage.Launch(
            program: program(arguments, at: directory), size: TerminalSize(columns: 100, rows: 30),
            scrollbackLimit: limit)
        try peer.send(.launch(launch), files)
    }

    /// Launches a shell command as the agent and returns its process number.
    @discardableResult
    func launch(_ peer: Peer, shell: String, limit: UInt64 = 64 << 20) throws -> UInt32 {
        try requestLaunch(peer, ["bash", "-c", shell].map { Array($0.utf8) }, limit: limit)
        let message = try peer.receive().message
        guard case .launched(let pid) = message else { throw Peer.Failure.unexpected(message) }
        return pid
    }

    /// Runs a command beside the agent: what it wrote and how it ended.
    func execute(_ peer: Peer, _ arguments: [String], request: UInt32 = 77) throws -> (output: String, exit: AgentExit)
    {
        try peer.send(.exec(request: request, program(arguments.map { Array($0.utf8) })))
        let (message, descriptors) = try peer.receive()
        guard message == .execStarted(request: request) else { throw Peer.Failure.unexpected(message) }
        let output = descriptors.map { readAll($0) }.joined()
        descriptors.forEach { close($0) }
        let end = try peer.receive().message
        guard case .execExited(request, let exit) = end else { throw Peer.Failure.unexpected(end) }
        return (output, exit)
    }

    func program(_ arguments: [[UInt8]], at directory: String = "/tmp") -> Program {
        let environment = [
            "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8", "GREETING=it's me; #{pane_id}",
        ]
        return Program(
            arguments: arguments, environment: environment.map { Array($0.utf8) }, directory: Array(directory.utf8))
    }

    var scrollback: String { String(decoding: file("scrollback"), as: UTF8.self) }

    /// The exit record, decoded.
    var recordedExit: GuestMessage? {
        get throws {
            var decoder = FrameDecoder()
            try decoder.append(file("exit"))
            guard let frame = try decoder.next(), decoder.isAtBoundary else { return nil }
            return try GuestMessage(frame)
        }
    }

    func file(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: directory.appending(path: name).path).map { Array($0) } ?? []
    }
}

private func listen(on path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    guard bound == 0, chmod(path, 0o666) == 0, Glibc.listen(descriptor, 8) == 0 else { throw Peer.Failure.closed }
    return descriptor
}
