import Glibc
import NetworkPolicy
import System

extension Switchboard {
    /// Takes note of news of the end inside the sandbox, and goes on.
    func hear(_ connection: Connection, inside ready: Poller.Interest, at now: Monotonic) {
        connection.lastNews = now
        connection.outward.hear(asSource: ready)
        connection.inward.hear(asTarget: ready)
        switch connection.stage {
        case .hello: readHello(connection, at: now)
        case .request: readRequest(connection, at: now)
        case .resolving, .dialling:
            if !ready.isDisjoint(with: .over) { end(connection, reset: true, at: now) }
        case .relaying: relay(connection, at: now)
        case .parting: awaitParting(connection)
        }
    }

    /// The same for the end that was dialled.
    func hear(_ connection: Connection, outside ready: Poller.Interest, at now: Monotonic) {
        connection.lastNews = now
        connection.inward.hear(asSource: ready)
        connection.outward.hear(asTarget: ready)
        switch connection.stage {
        case .dialling: hearAnswer(connection, ready, at: now)
        case .relaying: relay(connection, at: now)
        case .hello, .request, .resolving, .parting: break
        }
    }

    /// Carries what there is in both directions.
    func relay(_ connection: Connection, at now: Monotonic) {
        guard let outside = connection.outside else { return }
        let inside = connection.inside
        var unguarded: HTTPGuard?
        let out = carrier.carry(&connection.outward, from: inside, to: outside, past: &connection.requests)
        let back = carrier.carry(&connection.inward, from: outside, to: inside, past: &unguarded)
        // Where an end takes no more, what it said before that is still passed on.
        if case .targetFailed = out { breakOff(&connection.outward, &connection.inward, of: connection) }
        if case .targetFailed = back { breakOff(&connection.inward, &connection.outward, of: connection) }
        switch (out, back) {
        case (.refused(let refusal), _): refuse(connection, refusal.reason, at: now)
        case (.overfull, _), (_, .overfull): refuse(connection, .limit, rule: connection.rule, at: now)
        case (.sourceFailed, _), (_, .sourceFailed): end(connection, reset: true, at: now)
        case (.done, .done): end(connection, reset: connection.isBroken, at: now)
        case (.more, _), (_, .more), (.targetFailed, _), (_, .targetFailed): enqueue(connection)
        default: break
        }
    }

    private func breakOff(_ failed: inout Flow, _ other: inout Flow, of connection: Connection) {
        carrier.drop(&failed)
        failed.isDone = true
        connection.isBroken = true
        other.canRead = true
        other.isEnding = true
    }

    private func enqueue(_ connection: Connection) {
        if connection.isQueued { return }
        connection.isQueued = true
        queue.append(connection.id)
    }

    // MARK: The end

    /// Ends a connection, and reports it where it was relayed.
    func end(_ connection: Connection, reset: Bool, at now: Monotonic) {
        if case .relaying = connection.stage {
            note(connection.decision(.allowed, rule: connection.rule, at: now), at: now)
        }
        close(connection, reset: reset)
    }

    /// Lets go of a connection.
    func close(_ connection: Connection, reset: Bool) {
        if reset {
            InternetSocket.resetWhenClosed(connection.inside)
            if let outside = connection.outside { InternetSocket.resetWhenClosed(outside) }
        }
        carrier.drop(&connection.outward)
        carrier.drop(&connection.inward)
        connections.remove(connection)
        if connections.count == 0 { carrier.rest() }
    }

    /// Ends a connection that the policy now in force does not allow.
    func reconsider(_ connection: Connection, at now: Monotonic) {
        if case .parting = connection.stage { return }
        switch decide(connection.destination, port: connection.port) {
        case .refuse(let reason, let rule): refuse(connection, reason, rule: rule, at: now)
        case .allow(let rule):
            connection.rule = rule
            if let address = connection.address, let objection = objection(to: address, for: connection, at: now) {
                refuse(connection, objection.reason, rule: objection.rule, at: now)
            }
        }
    }

    // MARK: Time

    /// When `timeOut` is to be called for a connection.
    func dueTime(of connection: Connection) -> Monotonic {
        if case .relaying = connection.stage { connection.lastNews + limits.idleTime } else { connection.deadline }
    }

    /// The time for what a connection is doing is over.
    func timeOut(_ connection: Connection, at now: Monotonic) {
        switch connection.stage {
        case .hello, .request: refuse(connection, .limit, at: now)
        case .resolving: refuse(connection, .unresolved, at: now)
        case .dialling: dialNext(connection, at: now)
        case .relaying: end(connection, reset: true, at: now)
        case .parting: close(connection, reset: true)
        }
    }
}
