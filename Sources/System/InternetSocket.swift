import CLinux
import Glibc

/// IPv4 sockets that never block: what would wait comes back as nil.
public enum InternetSocket {
    /// Makes a UDP socket that was opened elsewhere ready for `receive` and `send(_:to:from:)`.
    ///
    /// - Throws: `SystemError` with `EINVAL` where it is no IPv4 datagram socket.
    public static func prepareDatagrams(_ socket: Descriptor) throws(SystemError) {
        try require(socket, type: Int32(SOCK_DGRAM.rawValue), listening: 0)
        var on: Int32 = 1
        try check("set options of", "descriptor \(socket.number)") {
            setsockopt(socket.number, Int32(IPPROTO_IP), IP_PKTINFO, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        try socket.setNonBlocking()
    }

    /// Makes a TCP socket that was opened elsewhere ready for `accept`.
    ///
    /// - Throws: `SystemError` with `EINVAL` where it is no listening IPv4 stream socket.
    public static func prepareListener(_ socket: Descriptor) throws(SystemError) {
        try require(socket, type: Int32(SOCK_STREAM.rawValue), listening: 1)
        try socket.setNonBlocking()
    }

    /// Takes the next connection of a listening socket, itself non-blocking; nil when none waits (accept4(2)).
    public static func accept(_ listener: Descriptor) throws(SystemError) -> Descriptor? {
        while true {
            let number = task_accept(listener.number)
            if number != -1 { return Descriptor(owning: number) }
            switch errno {
            case EAGAIN: return nil
            // Errors of the connection, which is gone, not of the listener (accept(2)).
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENONET:
                continue
            default: throw SystemError("accept on", "descriptor \(listener.number)")
            }
        }
    }

    /// The local end of a socket: of an accepted connection, the address that the other side dialled (getsockname(2)).
    public static func localAddress(of socket: Descriptor) throws(SystemError) -> InternetAddress {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try check("get the address of", "descriptor \(socket.number)") {
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.number, $0, &length) }
            }
        }
        return InternetAddress(address)
    }

    /// Makes closing a connection drop what is unsent and tell the other side with a reset (SO_LINGER 0, socket(7)).
    public static func resetWhenClosed(_ connection: Descriptor) {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection.number, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    private static func require(
        _ socket: Descriptor, type: Int32, listening: Int32
    ) throws(SystemError) {
        guard try option(SO_DOMAIN, of: socket) == AF_INET, try option(SO_TYPE, of: socket) == type,
            try option(SO_ACCEPTCONN, of: socket) == listening
        else { throw SystemError("serve", "descriptor \(socket.number)", code: EINVAL) }
    }

    private static func option(_ name: Int32, of socket: Descriptor) throws(SystemError) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try check("get options of", "descriptor \(socket.number)") {
            getsockopt(socket.number, SOL_SOCKET, name, &value, &length)
        }
        return value
    }
}
