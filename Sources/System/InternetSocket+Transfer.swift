import CLinux
import Glibc

extension InternetSocket {
    /// A datagram, where it came from and which local address it was sent to.
    public struct Datagram: Sendable {
        /// At most as much as was asked for; the rest of a longer one is lost.
        public let bytes: [UInt8]
        /// The sender.
        public let source: InternetAddress
        /// The local address, without a port, that it was sent to.
        public let destination: InternetAddress
    }

    /// Receives the next datagram of a prepared socket, of which `limit` bytes are kept; nil when none waits.
    public static func receiveDatagram(atMost limit: Int, from socket: Descriptor) throws(SystemError) -> Datagram? {
        var source = sockaddr_in()
        var destination = in_addr()
        let bytes = try read(atMost: limit, from: socket) {
            task_receive_datagram(socket.number, $0, limit, &source, &destination)
        }
        return bytes.map {
            Datagram(
                bytes: $0, source: InternetAddress(source),
                destination: InternetAddress(host: UInt32(bigEndian: destination.s_addr), port: 0))
        }
    }

    /// Answers a datagram, from the address that it was sent to: resolvers ignore an answer from elsewhere. What there
    /// is no room for is lost, as datagrams may be.
    public static func answer(_ datagram: Datagram, with bytes: [UInt8], over socket: Descriptor) {
        var target = datagram.source.socketAddress
        let source = in_addr(s_addr: datagram.destination.host.bigEndian)
        _ = bytes.withUnsafeBytes {
            task_send_datagram(socket.number, $0.baseAddress, bytes.count, &target, source)
        }
    }

    /// Receives what a connection has, at most `limit` bytes; none mean the end, nil that nothing is there yet
    /// (recv(2)).
    public static func receive(atMost limit: Int, from connection: Descriptor) throws(SystemError) -> [UInt8]? {
        try read(atMost: limit, from: connection) { recv(connection.number, $0, limit, Int32(MSG_DONTWAIT)) }
    }

    /// Sends as many of the bytes as there is room for and says how many that were (send(2)).
    public static func send(_ bytes: [UInt8], over connection: Descriptor) throws(SystemError) -> Int {
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        do throws(SystemError) {
            return try check("send over", "descriptor \(connection.number)") {
                bytes.withUnsafeBytes { Glibc.send(connection.number, $0.baseAddress, bytes.count, flags) }
            }
        } catch {
            if error.code == EAGAIN { return 0 }
            throw error
        }
    }

    private static func read(
        atMost limit: Int, from socket: Descriptor, _ call: (UnsafeMutableRawPointer?) -> Int
    ) throws(SystemError) -> [UInt8]? {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            do throws(SystemError) {
                count = try check("receive from", "descriptor \(socket.number)") { call(buffer.baseAddress) }
            } catch {
                failure = error
            }
        }
        guard let failure else { return bytes }
        if failure.code == EAGAIN { return nil }
        throw failure
    }
}
