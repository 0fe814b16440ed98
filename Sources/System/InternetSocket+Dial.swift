import CLinux
import Glibc

extension InternetSocket {
    /// Begins to connect to an address without waiting (connect(2)): the socket becomes writable when that has come to
    /// an end, and `takeError` tells how. It sends small pieces at once, and finds out in the end where the other side
    /// has gone silently (TCP_NODELAY, SO_KEEPALIVE).
    ///
    /// - Parameter address: four bytes (IPv4) or sixteen (IPv6), the most significant one first.
    /// - Throws: `SystemError` with `EINVAL` for another number of bytes, and where it fails at once.
    public static func dial(_ address: [UInt8], port: UInt16) throws(SystemError) -> Descriptor {
        let socket = try open(Int32(SOCK_STREAM.rawValue), for: address)
        sendAtOnce(socket)
        set(SO_KEEPALIVE, at: SOL_SOCKET, to: 1, of: socket)
        try connect(socket, address, port)
        return socket
    }

    /// A UDP socket that sends to one address and hears nothing from others. The system chooses its own port, anew and
    /// at random for each socket.
    ///
    /// - Parameter address: as of `dial`.
    public static func datagrams(with address: [UInt8], port: UInt16) throws(SystemError) -> Descriptor {
        let socket = try open(Int32(SOCK_DGRAM.rawValue), for: address)
        try connect(socket, address, port)
        return socket
    }

    /// Makes a connection send small pieces at once instead of waiting for more (TCP_NODELAY, tcp(7)).
    public static func sendAtOnce(_ connection: Descriptor) {
        set(TCP_NODELAY, at: Int32(IPPROTO_TCP), to: 1, of: connection)
    }

    /// Sends as fast as the other side takes it (TCP_CONGESTION, tcp(7)): for connections over a loopback, which nothing
    /// can congest. An algorithm that paces costs a third of the throughput there. Where the kernel has not even the
    /// oldest one, it stays as it is.
    public static func sendUnpaced(_ connection: Descriptor) {
        let name = Array("reno".utf8)
        setsockopt(connection.number, Int32(IPPROTO_TCP), TCP_CONGESTION, name, socklen_t(name.count))
    }

    /// What went wrong on a socket since this was last called; zero for nothing (SO_ERROR, socket(7)).
    public static func takeError(of socket: Descriptor) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket.number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }

    private static func open(_ type: Int32, for address: [UInt8]) throws(SystemError) -> Descriptor {
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return Descriptor(
            owning: try check("make", "a socket") { socket(address.count == 4 ? AF_INET : AF_INET6, type | flags, 0) })
    }

    private static func connect(_ socket: Descriptor, _ address: [UInt8], _ port: UInt16) throws(SystemError) {
        guard address.count == 4 || address.count == 16 else { throw SystemError("connect", "a socket", code: EINVAL) }
        let result = address.count == 4 ? connect4(socket, address, port) : connect6(socket, address, port)
        // A call that was interrupted goes on by itself, like one that would have waited.
        if result != 0, errno != EINPROGRESS, errno != EINTR { throw SystemError("connect", "a socket") }
    }

    private static func connect4(_ socket: Descriptor, _ bytes: [UInt8], _ port: UInt16) -> Int32 {
        let host = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var address = InternetAddress(host: host, port: port).socketAddress
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func connect6(_ socket: Descriptor, _ bytes: [UInt8], _ port: UInt16) -> Int32 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    private static func set(_ option: Int32, at level: Int32, to value: Int32, of socket: Descriptor) {
        var value = value
        setsockopt(socket.number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
