import Glibc
import NetworkPolicy
import Synchronization
import System
import Testing

@testable import Gateway

/// A gateway between a client and servers of the test's own, all on loopback addresses: names stand for addresses of
/// 127.18.0.0/15, and lead where the scene's hosts file or name server says.
final class Scene {
    /// Ports that any program may serve: one without a gate, one for TLS, one for HTTP.
    static let plain: UInt16 = 9000
    static let tls: UInt16 = 8443
    static let http: UInt16 = 8080

    let gateway: Gateway
    let reports = Reports()
    let directory: String
    /// The ports that the sandbox's listeners really have, by those they stand for.
    private let listeners: [UInt16: UInt16]

    /// - Parameter queryTime: how long the name server has for an answer before it is asked again, in seconds.
    init(
        _ policy: NetworkPolicy, hosts: String = "", nameserver: Upstream? = nil, book: String? = nil,
        limits: GatewayLimits = GatewayLimits(), queryTime: Int = 5
    ) throws {
        directory = "/tmp/task-gateway-\(getpid())-\(Upstream.nextNumber())"
        try Files.makeDirectory(directory)
        var sources = ResolverSources()
        sources.hosts = "\(directory)/hosts"
        sources.configuration = "\(directory)/resolv.conf"
        try Files.replace(sources.hosts, with: Array(hosts.utf8))
        let server = nameserver?.text ?? "127.255.255.1"
        try Files.replace(
            sources.configuration, with: Array("nameserver \(server)\noptions timeout:\(queryTime) attempts:2\n".utf8))
        sources.port = nameserver?.port ?? 1
        let names = try SandboxNames(path: book, capacity: limits.names, block: 0x7f12_0000)
        let reports = reports
        gateway = try Gateway(policy: policy, names: names, limits: limits, sources: sources) { reports.add($0) }
        var ports: [UInt16: UInt16] = [:]
        for port in [53, Self.plain, Self.tls, Self.http] {
            let (socket, real) = try Sockets.server(port == 53 ? Sockets.datagram : Sockets.stream)
            ports[port] = real
            try gateway.attach([GatewayListener(transport: port == 53 ? .udp : .tcp, port: port, socket: socket)])
        }
        listeners = ports
    }

    deinit {
        gateway.stop()
        for name in (try? Files.list(directory)) ?? [] { try? Files.remove("\(directory)/\(name)") }
        rmdir(directory)
    }

    /// What the gateway's name server answers.
    func query(_ name: String, type: UInt16 = 1) throws -> [UInt8] {
        let client = try Sockets.client(Sockets.datagram, port: try #require(listeners[53]))
        try client.write(Messages.query(name: Messages.name(name), type: type))
        return try client.read(atMost: 4096)
    }

    /// The address that stands for a name.
    func address(of name: String) throws -> UInt32 {
        let answer = try query(name)
        try #require(answer[3] & 0xf == 0 && answer[7] == 1, "\(name) has no address")
        return answer.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Connects as a program in the sandbox does: looks the name up, and dials what it is told.
    func dial(_ name: String, _ port: UInt16) throws -> Descriptor {
        try dial(address(of: name), port)
    }

    /// Connects to an address.
    func dial(_ address: UInt32, _ port: UInt16) throws -> Descriptor {
        try Sockets.client(Sockets.stream, address, port: try #require(listeners[port]))
    }

    /// Connects, sends, and reads until the end.
    func exchange(_ name: String, _ port: UInt16, _ bytes: [UInt8]) throws -> [UInt8] {
        let client = try dial(name, port)
        try client.write(bytes)
        return try Sockets.readAll(from: client)
    }

    /// How many of this process's sockets are ends of connections with the gateway's listeners or with a server. Other
    /// tests run in the same process.
    func openConnections(with upstream: Upstream) throws -> Int {
        try Files.list("/proc/self/fd").filter { name in
            guard let number = Int32(name) else { return false }
            // Not a duplicate: that would hold the locks that other tests look at.
            guard let local = Sockets.end(of: number, getsockname), let peer = Sockets.end(of: number, getpeername)
            else { return false }
            return [local, peer].contains { $0.host == upstream.host || listeners.values.contains($0.port) }
        }.count
    }

    /// The decisions about connections, once there are so many.
    func connections(_ count: Int = 1) -> [GatewayDecision] {
        let end = Monotonic.now + .seconds(60)
        while true {
            let found = reports.decisions.filter { $0.kind == .connection }
            if found.count >= count || Monotonic.now >= end { return found }
            usleep(2000)
        }
    }
}

/// A server on a loopback address that no other test uses.
struct Upstream {
    let host: UInt32
    let port: UInt16
    let socket: Descriptor

    init(_ port: UInt16, type: Int32 = Sockets.stream, host: UInt32 = Upstream.unusedHost()) throws {
        self.host = host
        (socket, self.port) = try Sockets.server(type, host, port: port)
    }

    var text: String { InternetAddress(host: host, port: port).hostText }

    private static let last = Mutex<UInt32>(0)

    static func nextNumber() -> UInt32 {
        last.withLock { last in
            last += 1
            return last
        }
    }

    /// 127.64.0.0/10: a part for each process, and in it an address for each server.
    static func unusedHost() -> UInt32 {
        0x7f40_0000 | UInt32(getpid() & 0x3ff) << 12 | nextNumber() & 0xfff
    }

    /// The next connection, which must come within a minute.
    func accept() throws -> Descriptor {
        try #require(try socket.waitUntilReadable(milliseconds: 60_000), "nobody connects")
        let connection = try #require(try InternetSocket.accept(socket))
        _ = fcntl(connection.number, F_SETFL, 0)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(connection.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return connection
    }

    /// Whether somebody has connected, or sent a datagram.
    func isWanted(within milliseconds: Int32 = 0) throws -> Bool {
        try socket.waitUntilReadable(milliseconds: milliseconds)
    }
}

extension Sockets {
    /// One end of a connection; nil for what is none, or is over.
    static func end(
        of number: Int32, _ get: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> InternetAddress? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { get(number, $0, &length) }
        }
        guard result == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
        return InternetAddress(
            host: UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
    }

    /// Reads until the end.
    static func readAll(from connection: Descriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try connection.read(atMost: 65536)
            if more.isEmpty { return bytes }
            bytes += more
        }
    }
}

extension NetworkPolicy {
    /// Allows names, and lets them lead to loopback addresses.
    static func loopback(_ names: String..., ports: [UInt16] = [Scene.plain, Scene.tls, Scene.http]) -> NetworkPolicy {
        NetworkPolicy(
            rules: names.map { name in
                PolicyRule(
                    .allow, .name(HostName(name) ?? unknown), ports: ports,
                    addresses: [IPNetwork(IPAddress(v4: 0x7f00_0000), prefixLength: 8)].compactMap { $0 },
                    source: "test")
            })
    }

    private static let unknown = HostName("unknown.invalid") ?? { preconditionFailure() }()
}
