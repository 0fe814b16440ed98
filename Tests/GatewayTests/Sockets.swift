import Glibc
import NetworkPolicy
import Synchronization
import System
import Testing

@testable import Gateway

/// Both ends of real sockets on 127.0.0.0/8. The client's calls block, for a minute at most.
enum Sockets {
    static let stream = Int32(SOCK_STREAM.rawValue)
    static let datagram = Int32(SOCK_DGRAM.rawValue)

    /// A bound socket as a guest hands it out, and the port it really has.
    static func server(
        _ type: Int32, _ host: UInt32 = 0, port: UInt16 = 0, backlog: Int32? = 128
    ) throws -> (socket: Descriptor, port: UInt16) {
        let socket = try make(type)
        try call { withAddress(host, port) { bind(socket.number, $0, $1) } }
        if let backlog, type == stream { try call { listen(socket.number, backlog) } }
        return (socket, try InternetSocket.localAddress(of: socket).port)
    }

    /// A client connected to an address of this machine.
    static func client(_ type: Int32, _ host: UInt32 = 0x7f00_0001, port: UInt16) throws -> Descriptor {
        let socket = try make(type)
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try call { withAddress(host, port) { connect(socket.number, $0, $1) } }
        return socket
    }

    private static func make(_ type: Int32) throws -> Descriptor {
        let socket = Descriptor(owning: socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue), 0))
        try #require(socket.number != -1)
        return socket
    }

    private static func call(_ body: () -> Int32) throws {
        if body() != 0 { throw SystemError("use", "a test's socket") }
    }

    private static func withAddress(
        _ host: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    )
        -> Int32
    {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        address.sin_port = port.bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// Why reading from a connection fails; nil where it does not. A connection that was reset while it was being
    /// made says so too.
    static func failure(reading connection: Descriptor) -> Int32? {
        do throws(SystemError) {
            _ = try connection.read(atMost: 1)
            return nil
        } catch {
            return error.code
        }
    }

    /// Reads exactly so many bytes.
    static func read(_ count: Int, from connection: Descriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try connection.read(atMost: count - bytes.count)
            try #require(!more.isEmpty, "the connection ended after \(bytes.count) of \(count) bytes")
            bytes += more
        }
        return bytes
    }
}

/// What a gateway reported.
final class Reports: Sendable {
    private let events = Mutex<[GatewayEvent]>([])

    var all: [GatewayEvent] { events.withLock { $0 } }

    /// The decisions, without their times.
    var decisions: [GatewayDecision] {
        all.compactMap { if case .decided(let decision) = $0.timeless { decision } else { nil } }
    }

    func add(_ event: GatewayEvent) { events.withLock { $0.append(event) } }

    /// Waits until there are so many, a minute at most.
    func wait(for count: Int) -> [GatewayEvent] {
        let end = Monotonic.now + .seconds(60)
        while all.count < count, Monotonic.now < end { usleep(2000) }
        return all
    }
}

extension Gateway {
    /// A gateway that refuses everything, with one listener.
    convenience init(
        _ transport: GatewayListener.Transport, _ port: UInt16, _ socket: Descriptor, reports: Reports = Reports(),
        limits: GatewayLimits = GatewayLimits()
    ) throws {
        try self.init(policy: .none, limits: limits, report: { reports.add($0) })
        try attach([GatewayListener(transport: transport, port: port, socket: socket)])
    }
}

extension GatewayLimits {
    /// The usual limits, but for some.
    init(_ change: (inout GatewayLimits) -> Void) {
        self.init()
        change(&self)
    }
}

extension GatewayEvent {
    /// A refused name or connection.
    static func refused(
        _ kind: GatewayDecision.Kind, _ host: String, port: UInt16? = nil, _ reason: RefusalReason = .notListed,
        count: Int = 1
    ) -> GatewayEvent {
        var decision = GatewayDecision(kind, host: host, port: port, verdict: .refused(reason))
        decision.count = count
        decision.isRepeated = count > 1
        return .decided(decision)
    }

    /// The decision without its time, which no test can foresee.
    var timeless: GatewayEvent {
        guard case .decided(var decision) = self else { return self }
        decision.milliseconds = 0
        return .decided(decision)
    }
}
