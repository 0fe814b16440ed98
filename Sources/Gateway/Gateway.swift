public import NetworkPolicy
public import System

/// The only way out of a sandbox: serves the sockets that one sandbox handed out. In this form it refuses every
/// connection and knows no name, and reports both.
///
/// One thread waits for all sockets (epoll(7)) and costs nothing while nothing arrives. When this object goes, or its
/// process dies, the sockets close and the sandbox has no network: it fails closed.
public final class Gateway: Sendable {
    private let server: Server

    /// A gateway without sockets.
    ///
    /// - Parameters:
    ///   - policy: what the sandbox may reach.
    ///   - report: called on the gateway's thread, one event at a time; the sandbox waits while it runs. It may call
    ///     any method of the gateway.
    /// - Throws: `SystemError` where the thread or its descriptors cannot be made.
    public convenience init(
        policy: NetworkPolicy, report: @escaping @Sendable (GatewayEvent) -> Void
    ) throws(SystemError) {
        try self.init(policy: policy, limits: GatewayLimits(), report: report)
    }

    init(
        policy: NetworkPolicy, limits: GatewayLimits, report: @escaping @Sendable (GatewayEvent) -> Void
    ) throws(SystemError) {
        server = try Server(policy: policy, limits: limits, report: report)
        try server.start()
    }

    deinit {
        server.stop()
    }

    /// Serves some sockets in addition to those it has.
    ///
    /// - Throws: `SystemError` with `EINVAL` where a socket is not what it is said to be (IPv4, UDP or a listening TCP
    ///   socket), `ESHUTDOWN` after `stop`. Then none of the given sockets is served.
    public func attach(_ listeners: [GatewayListener]) throws(SystemError) {
        try server.attach(listeners)
    }

    /// Closes all sockets; when it returns, nothing of the sandbox is served any more. The gateway can be used again.
    public func detach() {
        server.detach()
    }

    /// Closes all sockets, reports what was counted but not yet reported, and ends the thread. Nothing is reported
    /// after it returns (unless `report` itself called it). Calling it again does nothing.
    public func stop() {
        server.stop()
    }
}
