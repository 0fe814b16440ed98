import System

/// A socket of the sandbox that is no connection to somewhere.
enum Line {
    /// DNS over UDP.
    case datagrams(Descriptor)
    /// Connections to any port but 53.
    case connections(Descriptor, port: UInt16)
    /// Connections that will speak DNS.
    case queries(Descriptor)
    /// One of those, with what it has sent of the next query.
    case query(Descriptor, DNSStream)

    init(_ listener: GatewayListener) {
        switch (listener.transport, listener.port) {
        case (.udp, _): self = .datagrams(listener.socket)
        case (.tcp, 53): self = .queries(listener.socket)
        case (.tcp, let port): self = .connections(listener.socket, port: port)
        }
    }

    var socket: Descriptor {
        switch self {
        case .datagrams(let socket), .connections(let socket, _), .queries(let socket), .query(let socket, _): socket
        }
    }

    var isDatagrams: Bool { if case .datagrams = self { true } else { false } }

    var isListener: Bool {
        switch self {
        case .connections, .queries: true
        case .datagrams, .query: false
        }
    }
}
