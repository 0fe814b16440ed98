public import NetworkPolicy
public import System

/// The only way out of a sandbox: serves the sockets that one sandbox handed out. It answers names, looks at what each
/// connection asks for, dials what the policy allows, carries the bytes, and reports what it decided.
///
/// One thread waits for all sockets (epoll(7)) and costs nothing while nothing arrives. When this object goes, or its
/// process dies, the sockets close and the sandbox has no network: it fails closed.
public final class Gateway: Sendable {
    private let server: Server

    /// A gateway without sockets. The process may have as many descriptors open from then on as the limits need, or as
    /// the user may; where that is less, fewer connections are served, so that the process keeps some for itself.
    ///
    /// - Parameters:
    ///   - policy: what the sandbox may reach.
    ///   - names: the path of the file that keeps which address stands for which name; nil where a restart need not
    ///     keep them.
    ///   - limits: how much the sandbox may take.
    ///   - report: called on the gateway's thread, one event at a time; the sandbox waits while it runs. It may call
    ///     any method of the gateway.
    /// - Throws: `SystemError` where the thread or its descriptors cannot be made, or the file of names cannot be used.
    public convenience init(
        policy: NetworkPolicy, names: String? = nil, limits: GatewayLimits = GatewayLimits(),
        report: @escaping @Sendable (GatewayEvent) -> Void
    ) throws(SystemError) {
        let book = try SandboxNames(path: names, capacity: limits.names, block: SandboxNames.usualBlock)
        try self.init(policy: policy, names: book, limits: limits, sources: ResolverSources(), report: report)
    }

    init(
        policy: NetworkPolicy, names: sending SandboxNames, limits: GatewayLimits, sources: ResolverSources,
        report: @escaping @Sendable (GatewayEvent) -> Void
    ) throws(SystemError) {
        let limits = limits.within(OpenFileLimit.raise(to: limits.descriptors))
        server = try Server(policy: policy, names: names, limits: limits, sources: sources, report: report)
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

    /// Puts another policy in force. When it returns, every connection that the policy does not allow is reset, and
    /// reported as refused.
    public func update(_ policy: NetworkPolicy) {
        server.update(policy)
    }

    /// Closes all sockets and resets all connections; when it returns, nothing of the sandbox is served any more. The
    /// gateway can be used again.
    public func detach() {
        server.detach()
    }

    /// Closes all sockets, reports what was counted but not yet reported, and ends the thread. Nothing is reported
    /// after it returns (unless `report` itself called it). Calling it again does nothing.
    public func stop() {
        server.stop()
    }
}
