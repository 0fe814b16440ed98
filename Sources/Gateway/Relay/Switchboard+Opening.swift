import Glibc
import NetworkPolicy
import System

extension Switchboard {
    /// Takes on a connection that was accepted, or resets it.
    func open(_ socket: Descriptor, port: UInt16, at now: Monotonic) {
        guard let local = try? InternetSocket.localAddress(of: socket) else {
            return InternetSocket.resetWhenClosed(socket)
        }
        guard let destination = destination(at: local.host) else {
            return refuse(socket, .address(IPAddress(v4: local.host)), port, .notListed, nil, at: now)
        }
        switch decide(destination, port: port) {
        case .refuse(let reason, let rule): refuse(socket, destination, port, reason, rule, at: now)
        case .allow(let rule): open(socket, to: destination, port: port, rule, at: now)
        }
    }

    private func open(
        _ socket: Descriptor, to destination: Destination, port: UInt16, _ rule: PolicyRule, at now: Monotonic
    ) {
        guard connections.count < limits.connections, connections.halfOpen < limits.halfOpenConnections else {
            return refuse(socket, destination, port, .limit, nil, at: now)
        }
        InternetSocket.sendAtOnce(socket)
        InternetSocket.sendUnpaced(socket)
        let connection = connections.add { id in
            Connection(
                id: id, inside: socket, destination: destination, port: port, rule: rule, stage: .request, at: now,
                deadline: now + limits.handshakeTime)
        }
        do throws(SystemError) {
            try poller.add(socket, token: Token.inside(connection.id).number, for: .all)
        } catch {
            note(error, at: now)
            return refuse(connection, .limit, at: now)
        }
        begin(connection, at: now)
    }

    /// Whom the sandbox means by an address; nil for one that stands for a name and has none.
    private func destination(at address: UInt32) -> Destination? {
        guard names.has(address) else { return .address(IPAddress(v4: address)) }
        return names.name(at: address).map { .name($0) }
    }

    /// What the policy says.
    func decide(_ destination: Destination, port: UInt16) -> Decision {
        switch destination {
        case .name(let name): policy.decide(name, port: port)
        case .address(let address): policy.decide(address, port: port)
        }
    }

    /// An address that a rule names is what the rule says: what is said there is not looked at.
    private func begin(_ connection: Connection, at now: Monotonic) {
        guard case .name(let name) = connection.destination else { return lookUp(connection, at: now) }
        switch Gate(port: connection.port) {
        case .tls: connection.stage = .hello(ClientHelloReader())
        case .http: connection.requests = HTTPGuard(host: name.description, port: connection.port)
        case .none: return lookUp(connection, at: now)
        }
        schedule(connection.deadline)
    }

    // MARK: What the sandbox says first

    /// Reads on in a ClientHello. Only one that is complete and names the host leads to anything being dialled.
    func readHello(_ connection: Connection, at now: Monotonic) {
        guard case .hello(var reader) = connection.stage else { return }
        // Taken out, so that its buffer grows in place.
        connection.stage = .request
        while connection.outward.canRead {
            guard let received = receive(connection, at: now) else { return }
            if received.isEmpty { break }
            switch reader.append(received) {
            case .incomplete: continue
            case .malformed: return part(connection, .otherProtocol, saying: TLSAlert.accessDenied, at: now)
            case .hello(let serverName):
                guard let serverName, let name = HostName(serverName), connection.destination == .name(name) else {
                    return part(connection, .otherHost, saying: TLSAlert.accessDenied, at: now)
                }
                return send(reader.bytes, first: connection, at: now)
            }
        }
        connection.stage = .hello(reader)
    }

    /// Reads on in the head of the first request.
    func readRequest(_ connection: Connection, at now: Monotonic) {
        while connection.outward.canRead {
            guard let received = receive(connection, at: now) else { return }
            if received.isEmpty { return }
            switch connection.requests?.take(received) {
            case .forward(let bytes) where bytes.isEmpty: continue
            case .forward(let bytes): return send(bytes, first: connection, at: now)
            case .refuse(let refusal):
                let text = HTTPGuard.denial(
                    host: connection.destination.text, port: connection.port, detail: refusal.detail)
                return part(connection, refusal.reason, saying: text, at: now)
            case nil: return refuse(connection, .otherProtocol, at: now)
            }
        }
    }

    /// Receives what is to be looked at; none where there is nothing yet, nil where the connection has ended.
    private func receive(_ connection: Connection, at now: Monotonic) -> [UInt8]? {
        do throws(SystemError) {
            guard let received = try carrier.receive(&connection.outward, from: connection.inside) else { return [] }
            if received.isEmpty {
                // Who says nothing wanted nothing.
                if connection.outward.withheld == 0 {
                    end(connection, reset: false, at: now)
                } else {
                    refuse(connection, .otherProtocol, at: now)
                }
                return nil
            }
            guard carrier.withhold(received.count, in: &connection.outward) else {
                refuse(connection, .limit, at: now)
                return nil
            }
            return received
        } catch {
            end(connection, reset: true, at: now)
            return nil
        }
    }

    /// Goes on to dial; these bytes are the first to be sent.
    private func send(_ bytes: [UInt8], first connection: Connection, at now: Monotonic) {
        carrier.release(&connection.outward)
        guard carrier.hold(bytes, in: &connection.outward) else { return refuse(connection, .limit, at: now) }
        lookUp(connection, at: now)
    }

    // MARK: Refusing

    /// Resets a connection that was not taken on.
    private func refuse(
        _ socket: Descriptor, _ destination: Destination, _ port: UInt16, _ reason: RefusalReason, _ rule: PolicyRule?,
        at now: Monotonic
    ) {
        InternetSocket.resetWhenClosed(socket)
        note(
            GatewayDecision(
                .connection, host: destination.text, port: port, verdict: .refused(reason), rule: rule?.reported),
            at: now)
    }

    /// Resets a connection and reports why.
    func refuse(_ connection: Connection, _ reason: RefusalReason, rule: PolicyRule? = nil, at now: Monotonic) {
        note(connection.decision(.refused(reason), rule: rule, at: now), at: now)
        close(connection, reset: true)
    }

    /// How long a refusal that is put into words stays to be read.
    private static let partingTime = Duration.seconds(1)

    /// Refuses a connection that nothing was dialled for, in words of its own protocol. It is closed properly, since a
    /// reset can overtake the words.
    private func part(_ connection: Connection, _ reason: RefusalReason, saying words: [UInt8], at now: Monotonic) {
        note(connection.decision(.refused(reason), rule: nil, at: now), at: now)
        guard (try? InternetSocket.send(words, over: connection.inside)) == words.count else {
            return close(connection, reset: true)
        }
        ByteTransfer.endSending(over: connection.inside)
        carrier.drop(&connection.outward)
        connection.requests = nil
        connection.stage = .parting
        connection.deadline = now + Self.partingTime
        schedule(connection.deadline)
        awaitParting(connection)
    }

    /// Reads what comes and forgets it until the sandbox closes.
    func awaitParting(_ connection: Connection) {
        for _ in 0..<limits.turn where connection.outward.canRead {
            do throws(SystemError) {
                guard let received = try carrier.receive(&connection.outward, from: connection.inside) else { return }
                if received.isEmpty { return close(connection, reset: false) }
            } catch {
                return close(connection, reset: true)
            }
        }
        if connection.outward.canRead { close(connection, reset: true) }
    }
}

extension Poller.Interest {
    /// All that can happen to a connection, each change once.
    static let all: Poller.Interest = [.reading, .writing, .ending, .changes]
}
