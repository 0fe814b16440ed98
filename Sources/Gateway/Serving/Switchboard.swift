import Glibc
import NetworkPolicy
import System

/// The sockets of one sandbox and what happens on each. It never blocks: `Server` calls it when there is news.
final class Switchboard {
    let poller: Poller
    let limits: GatewayLimits
    var policy: NetworkPolicy
    var names: SandboxNames
    /// Listeners and DNS connections.
    var lines: [UInt64: Line] = [:]
    private var lastLine: UInt64 = 0
    var queries: TokenBucket
    /// Queries beyond those, which are refused.
    var refusals: TokenBucket
    /// No datagram is read before, because there were too many to refuse.
    private var deafUntil: Monotonic?
    /// When each DNS connection is closed.
    var queryDeadlines: [UInt64: Monotonic] = [:]
    var connections = ConnectionTable()
    var carrier: Carrier
    let resolver: Resolver
    var ownAddresses = OwnAddressesCache()
    /// Connections that wait for their next turn.
    var queue: [UInt64] = []
    /// No connection is due before.
    private var nextDue: Monotonic?
    private var log: DecisionLog
    /// No connection is accepted before, because there was no descriptor left for one.
    private var restsUntil: Monotonic?
    /// The next failure is not reported before.
    private var silentUntil: Monotonic?
    private var events: [GatewayEvent] = []

    init(
        policy: NetworkPolicy, names: SandboxNames, limits: GatewayLimits, sources: ResolverSources, poller: Poller
    ) {
        self.policy = policy
        self.names = names
        self.limits = limits
        self.poller = poller
        queries = TokenBucket(perSecond: limits.queriesPerSecond, burst: limits.queryBurst, at: .now)
        refusals = TokenBucket(perSecond: limits.refusalsPerSecond, burst: limits.refusalsPerSecond, at: .now)
        carrier = Carrier(limits: limits)
        resolver = Resolver(
            sources: sources, poller: poller, capacity: limits.names, lookups: limits.halfOpenConnections)
        log = DecisionLog(period: limits.reportPeriod, capacity: limits.reports)
    }

    deinit {
        carrier.close()
    }

    /// Serves sockets in addition; all or, where one is not what it should be, none.
    func attach(_ listeners: [GatewayListener]) throws(SystemError) {
        var added: [UInt64] = []
        do throws(SystemError) {
            for listener in listeners {
                switch listener.transport {
                case .udp: try InternetSocket.prepareDatagrams(listener.socket)
                case .tcp: try InternetSocket.prepareListener(listener.socket)
                }
                added.append(try add(Line(listener)))
            }
        } catch {
            added.forEach { remove($0) }
            throw error
        }
    }

    /// Puts another policy in force, and ends what it does not allow.
    func update(_ policy: NetworkPolicy, at now: Monotonic) {
        self.policy = policy
        for connection in connections.all { reconsider(connection, at: now) }
    }

    /// Lets go of all sockets.
    func detach(at now: Monotonic) {
        lines.keys.forEach { remove($0) }
        for connection in connections.all { end(connection, reset: true, at: now) }
        resolver.cancel()
        carrier.rest()
        (restsUntil, deafUntil) = (nil, nil)
    }

    /// Deals with news of a socket. It may be gone already.
    func handle(_ token: Token, _ ready: Poller.Interest, at now: Monotonic) {
        switch token {
        case .line(let id): handleLine(id, at: now)
        case .inside(let id): if let connection = connections[id] { hear(connection, inside: ready, at: now) }
        case .outside(let id): if let connection = connections[id] { hear(connection, outside: ready, at: now) }
        case .lookup(let id): resolver.hear(id, at: now)
        }
    }

    /// Does what is due, and what was left over.
    func goOn(at now: Monotonic) {
        expire(at: now)
        for lookup in resolver.takeFinished() {
            for id in lookup.waiters {
                if let connection = connections[id] { choose(among: lookup.addresses, for: connection, at: now) }
            }
        }
        let waiting = queue
        queue.removeAll(keepingCapacity: true)
        for id in waiting {
            guard let connection = connections[id] else { continue }
            connection.isQueued = false
            relay(connection, at: now)
        }
    }

    /// When `goOn` is to be called next; nil for not at all.
    var deadline: Monotonic? {
        if !queue.isEmpty || resolver.hasFinished { return .now }
        let dues = [log.deadline, restsUntil, deafUntil, nextDue, resolver.deadline, queryDeadlines.values.min()]
        return dues.compactMap { $0 }.min()
    }

    // MARK: Time

    /// How exactly the time limits of connections are kept.
    private static let precision = Duration.milliseconds(20)

    /// Takes note that something is due at some time.
    func schedule(_ due: Monotonic) { nextDue = nextDue.map { min($0, due) } ?? due }

    private func expire(at now: Monotonic) {
        report(log.due(at: now))
        for (token, limit) in queryDeadlines where limit <= now { remove(token) }
        if let end = restsUntil, end <= now {
            restsUntil = nil
            listen(for: .reading) { $0.isListener }
        }
        if let end = deafUntil, end <= now {
            deafUntil = nil
            listen(for: .reading) { $0.isDatagrams }
        }
        resolver.expire(at: now)
        guard let due = nextDue, due <= now else { return }
        nextDue = nil
        var next: Monotonic?
        for connection in connections.all {
            let due = dueTime(of: connection)
            if due <= now {
                timeOut(connection, at: now)
            } else if next.map({ due < $0 }) ?? true {
                next = due
            }
        }
        if let next { schedule(max(next, now + Self.precision)) }
    }

    // MARK: Reports

    /// What is to be reported since this was last called.
    func takeEvents() -> [GatewayEvent] {
        defer { events = [] }
        return events
    }

    /// Reports what was counted, though its time has not come.
    func closeLog() { report(log.close()) }

    /// Takes note of a decision.
    func note(_ decision: GatewayDecision, at now: Monotonic) { report(log.record(decision, at: now)) }

    /// Reports a failure, but only one within the period.
    func note(_ error: SystemError, at now: Monotonic) {
        if let end = silentUntil, now < end { return }
        silentUntil = now + limits.reportPeriod
        events.append(.failed(error))
    }

    private func report(_ decisions: [GatewayDecision]) {
        for decision in decisions { events.append(.decided(decision)) }
    }

    // MARK: The set of listeners and DNS connections

    func add(_ line: Line) throws(SystemError) -> UInt64 {
        let id = lastLine + 1
        try poller.add(line.socket, token: Token.line(id).number, for: .reading)
        lastLine = id
        lines[id] = line
        return id
    }

    func remove(_ id: UInt64) {
        guard let line = lines.removeValue(forKey: id) else { return }
        poller.remove(line.socket)
        queryDeadlines[id] = nil
    }

    /// Accepts nothing for a while, since there is nothing left to accept with.
    func rest(at now: Monotonic) {
        restsUntil = now + limits.shortageRest
        listen(for: []) { $0.isListener }
    }

    private static let deafTime = Duration.milliseconds(100)

    /// Reads no datagrams for a moment: the kernel drops what does not fit into the sockets' queues.
    func ignoreDatagrams(at now: Monotonic) {
        deafUntil = now + Self.deafTime
        listen(for: []) { $0.isDatagrams }
    }

    private func listen(for interest: Poller.Interest, _ isMeant: (Line) -> Bool) {
        for (id, line) in lines where isMeant(line) {
            try? poller.change(line.socket, token: Token.line(id).number, for: interest)
        }
    }
}
