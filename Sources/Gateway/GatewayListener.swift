public import System

/// A socket that was opened inside a sandbox and handed out. Whatever arrives on it comes from that sandbox: the
/// kernel says so, not the sender.
public struct GatewayListener: Sendable {
    /// How the socket talks.
    public enum Transport: Sendable {
        /// Datagrams; the gateway answers them as DNS queries.
        case udp
        /// A listening stream socket. On port 53 the gateway speaks DNS over TCP.
        case tcp
    }

    /// How the socket talks.
    public let transport: Transport
    /// The port that it is bound to inside the sandbox.
    public let port: UInt16
    /// The socket. The gateway closes it by letting go of it, so nobody else may keep it.
    public let socket: Descriptor

    /// A socket with what the guest says that it is; `Gateway.attach` checks the transport.
    public init(transport: Transport, port: UInt16, socket: Descriptor) {
        self.transport = transport
        self.port = port
        self.socket = socket
    }
}
