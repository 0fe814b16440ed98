import Glibc
import NetworkPolicy
import System

/// The sockets of one sandbox and what happens on each. It never blocks: `Server` calls it when there is news.
struct Switchboard {
    /// A socket that is served.
    private enum Line {
        /// DNS over UDP.
        case datagrams(Descriptor)
        /// Connections to any port but 53.
        case connections(Descriptor, port: UInt16)
        /// Connections that will speak DNS.
        case queries(Descriptor)
        /// One of those, with what it has sent of the next query.
        case query(Descriptor, DNSStream)

        var socket: Descriptor {
            switch self {
            case .datagrams(let socket), .connections(let socket, _), .queries(let socket), .query(let socket, _):
                socket
            }
        }

        var isListener: Bool {
            switch self {
            case .connections, .queries: true
            case .datagrams, .query: false
            }
        }
    }

    private let policy: NetworkPolicy
    private let limits: GatewayLimits
    private let poller: Poller
    private var lines: [UInt64: Line] = [:]
    private var lastToken: UInt64 = 0
    /// When each DNS connection is closed.
    private var queryDeadlines: [UInt64: Monotonic] = [:]
    private var refusals: RefusalLog
    /// No connection is accepted before, because there was no descriptor left for one.
    private var restsUntil: Monotonic?
    /// The next failure is not reported before.
    private var silentUntil: Monotonic?
    private var events: [GatewayEvent] = []

    init(policy: NetworkPolicy, limits: GatewayLimits, poller: Poller) {
        self.policy = policy
        self.limits = limits
        self.poller = poller
        refusals = RefusalLog(period: limits.refusalPeriod, capacity: limits.refusals)
    }

    /// Serves sockets in addition; all or, where one is not what it should be, none.
    mutating func attach(_ listeners: [GatewayListener]) throws(SystemError) {
        var added: [UInt64] = []
        do throws(SystemError) {
            for listener in listeners {
                switch listener.transport {
                case .udp: try InternetSocket.prepareDatagrams(listener.socket)
                case .tcp: try InternetSocket.prepareListener(listener.socket)
                }
                added.append(try add(Self.line(for: listener)))
            }
        } catch {
            added.forEach { remove($0) }
            throw error
        }
    }

    private static func line(for listener: GatewayListener) -> Line {
        switch (listener.transport, listener.port) {
        case (.udp, _): .datagrams(listener.socket)
        case (.tcp, 53): .queries(listener.socket)
        case (.tcp, let port): .connections(listener.socket, port: port)
        }
    }

    /// Lets go of all sockets.
    mutating func detach() {
        lines.keys.forEach { remove($0) }
        restsUntil = nil
    }

    /// When `expire` is to be called next; nil for not at all.
    var deadline: Monotonic? {
        [refusals.deadline, restsUntil, queryDeadlines.values.min()].compactMap { $0 }.min()
    }

    /// What is to be reported since this was last called.
    mutating func takeEvents() -> [GatewayEvent] {
        defer { events = [] }
        return events
    }

    /// Reports what was counted, though its time has not come.
    mutating func closeLog() { events += refusals.close() }

    /// Does what is due.
    mutating func expire(at now: Monotonic) {
        events += refusals.due(at: now)
        for (token, limit) in queryDeadlines where limit <= now { remove(token) }
        if let end = restsUntil, end <= now {
            restsUntil = nil
            listen(for: .reading)
        }
    }

    /// Deals with news of a socket. It may be gone already.
    mutating func handle(_ token: UInt64, at now: Monotonic) {
        switch lines[token] {
        case .datagrams(let socket): answerDatagrams(socket, at: now)
        case .connections(let socket, let port):
            for connection in accept(on: socket, token: token, at: now) { refuse(connection, port: port, at: now) }
        case .queries(let socket):
            for connection in accept(on: socket, token: token, at: now) { openQueries(connection, at: now) }
        case .query(let socket, let stream): answerQueries(socket, stream, token: token, at: now)
        case nil: break
        }
    }

    // MARK: Connections

    /// Takes the connections that wait, though not all of very many.
    private mutating func accept(on listener: Descriptor, token: UInt64, at now: Monotonic) -> [Descriptor] {
        var connections: [Descriptor] = []
        do throws(SystemError) {
            while connections.count < limits.turn, let connection = try InternetSocket.accept(listener) {
                connections.append(connection)
            }
        } catch {
            report(error, at: now)
            if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.code) {
                rest(until: now + limits.shortageRest)
            } else {
                remove(token)
            }
        }
        return connections
    }

    /// Closes a connection with a reset and takes note of the address that the agent dialled.
    private mutating func refuse(_ connection: Descriptor, port: UInt16, at now: Monotonic) {
        InternetSocket.resetWhenClosed(connection)
        guard let address = try? InternetSocket.localAddress(of: connection).hostText else { return }
        switch policy.decide(host: address, port: port) {
        case .refuse(let reason):
            events += refusals.record(.connection(to: address, port: port, reason: reason), at: now)
        }
    }

    // MARK: Names

    private mutating func answerDatagrams(_ socket: Descriptor, at now: Monotonic) {
        for _ in 0..<limits.turn {
            // An error here would be that of an earlier answer (ip(7)).
            guard let datagram = try? InternetSocket.receiveDatagram(atMost: DNSStream.longest, from: socket) else {
                return
            }
            if let answer = answer(datagram.bytes, at: now) {
                InternetSocket.answer(datagram, with: answer, over: socket)
            }
        }
    }

    private mutating func openQueries(_ connection: Descriptor, at now: Monotonic) {
        guard queryDeadlines.count < limits.queryConnections, let token = try? add(.query(connection, DNSStream()))
        else {
            InternetSocket.resetWhenClosed(connection)
            return
        }
        queryDeadlines[token] = now + limits.queryIdle
    }

    /// Answers what a DNS connection asks. It is closed where what it sends makes no sense, and where it does not
    /// read its answers: there is no need to keep any for it.
    private mutating func answerQueries(_ socket: Descriptor, _ stream: DNSStream, token: UInt64, at now: Monotonic) {
        var stream = stream
        do throws(SystemError) {
            guard let received = try InternetSocket.receive(atMost: DNSStream.longest, from: socket) else { return }
            guard !received.isEmpty, let queries = stream.append(received) else { return remove(token) }
            lines[token] = .query(socket, stream)
            if queries.isEmpty { return }
            queryDeadlines[token] = now + limits.queryIdle
            let answers = queries.flatMap { query in answer(query, at: now).map(DNSStream.frame) ?? [] }
            if try InternetSocket.send(answers, over: socket) < answers.count { remove(token) }
        } catch {
            remove(token)
        }
    }

    private mutating func answer(_ message: [UInt8], at now: Monotonic) -> [UInt8]? {
        switch DNSRequest(message) {
        case .ignore: return nil
        case .answer(let answer): return answer
        case .lookUp(let question):
            switch policy.decide(name: question.name) {
            case .refuse(let reason):
                events += refusals.record(.name(question.name, reason: reason), at: now)
                return question.answer(.noSuchName)
            }
        }
    }

    // MARK: The set of sockets

    private mutating func add(_ line: Line) throws(SystemError) -> UInt64 {
        let token = lastToken + 1
        try poller.add(line.socket, token: token, for: .reading)
        lastToken = token
        lines[token] = line
        return token
    }

    private mutating func remove(_ token: UInt64) {
        guard let line = lines.removeValue(forKey: token) else { return }
        poller.remove(line.socket)
        queryDeadlines[token] = nil
    }

    private mutating func rest(until end: Monotonic) {
        restsUntil = end
        listen(for: [])
    }

    private func listen(for interest: Poller.Interest) {
        for (token, line) in lines where line.isListener {
            try? poller.change(line.socket, token: token, for: interest)
        }
    }

    /// Reports a failure, but only one within the period.
    private mutating func report(_ error: SystemError, at now: Monotonic) {
        if let end = silentUntil, now < end { return }
        silentUntil = now + limits.refusalPeriod
        events.append(.failed(error))
    }
}
