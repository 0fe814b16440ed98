import Glibc

/// An IPv4 address with a port.
public struct InternetAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address; the first of the four numbers is in the highest byte.
    public let host: UInt32
    /// The port.
    public let port: UInt16

    /// An address with a port.
    public init(host: UInt32, port: UInt16) {
        self.host = host
        self.port = port
    }

    init(_ address: sockaddr_in) {
        host = UInt32(bigEndian: address.sin_addr.s_addr)
        port = UInt16(bigEndian: address.sin_port)
    }

    var socketAddress: sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    /// The four numbers, without the port.
    public var hostText: String {
        stride(from: 24, through: 0, by: -8).map { String(host >> UInt32($0) & 0xff) }.joined(separator: ".")
    }

    /// "198.18.0.2:53".
    public var description: String { "\(hostText):\(port)" }
}
