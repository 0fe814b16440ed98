import Glibc
import NetworkPolicy
import System

extension Switchboard {
    /// Finds out where a connection leads.
    func lookUp(_ connection: Connection, at now: Monotonic) {
        connection.stage = .resolving
        connection.dialDeadline = now + limits.totalDialTime
        connection.deadline = connection.dialDeadline
        schedule(connection.deadline)
        switch connection.destination {
        case .address(let address): dial([address], for: connection, at: now)
        case .name(let name):
            do throws(SystemError) {
                if let addresses = try resolver.addresses(of: name, for: connection.id, at: now) {
                    choose(among: addresses, for: connection, at: now)
                }
            } catch {
                note(error, at: now)
                refuse(connection, Self.isShortage(error) ? .limit : .unresolved, at: now)
            }
        }
    }

    /// Dials those of a name's addresses that may be dialled, IPv4 first.
    func choose(among addresses: [IPAddress], for connection: Connection, at now: Monotonic) {
        guard case .resolving = connection.stage else { return }
        if addresses.isEmpty { return refuse(connection, .unresolved, at: now) }
        let permitted = addresses.filter { objection(to: $0, for: connection, at: now) == nil }
        if permitted.isEmpty {
            connection.address = addresses[0]
            let objection = objection(to: addresses[0], for: connection, at: now)
            return refuse(connection, objection?.reason ?? .notPublic, rule: objection?.rule, at: now)
        }
        dial(permitted.filter(\.isV4) + permitted.filter { !$0.isV4 }, for: connection, at: now)
    }

    /// Why an address that a name led to must not be dialled; nil where it may be: a public one that is not this
    /// machine's, or one that a rule for the name lists, unless a rule denies the address itself.
    func objection(
        to address: IPAddress, for connection: Connection, at now: Monotonic
    ) -> (reason: RefusalReason, rule: PolicyRule?)? {
        guard case .name(let name) = connection.destination else { return nil }
        if let denial = policy.denial(of: address, port: connection.port) { return (.denied, denial) }
        if policy.permits(address, for: name, port: connection.port) { return nil }
        guard address.isPublic else { return (.notPublic, nil) }
        do throws(SystemError) {
            return try ownAddresses.contains(address, at: now) ? (.notPublic, nil) : nil
        } catch {
            note(error, at: now)
            return (.notPublic, nil)
        }
    }

    private func dial(_ addresses: [IPAddress], for connection: Connection, at now: Monotonic) {
        connection.stage = .dialling(addresses.reversed())
        dialNext(connection, at: now)
    }

    /// Dials the next address that is left.
    func dialNext(_ connection: Connection, at now: Monotonic) {
        if let failed = connection.outside { poller.remove(failed) }
        connection.outside = nil
        while case .dialling(var left) = connection.stage, let address = left.popLast(), now < connection.dialDeadline {
            connection.stage = .dialling(left)
            // The policy may have changed since the addresses were chosen.
            guard objection(to: address, for: connection, at: now) == nil else { continue }
            connection.address = address
            do throws(SystemError) {
                let socket = try InternetSocket.dial(address.bytes, port: connection.port)
                try poller.add(socket, token: Token.outside(connection.id).number, for: .all)
                connection.outside = socket
                connection.deadline = min(now + limits.dialTime, connection.dialDeadline)
                schedule(connection.deadline)
                return
            } catch {
                guard Self.isShortage(error) else { continue }
                note(error, at: now)
                return refuse(connection, .limit, at: now)
            }
        }
        refuse(connection, .unreachable, at: now)
    }

    /// The address that was dialled has answered, or refused.
    func hearAnswer(_ connection: Connection, _ ready: Poller.Interest, at now: Monotonic) {
        guard let outside = connection.outside, !ready.isDisjoint(with: [.writing, .over]) else { return }
        guard InternetSocket.takeError(of: outside) == 0 else { return dialNext(connection, at: now) }
        connection.stage = .relaying
        connections.halfOpen -= 1
        connection.outward.canWrite = true
        connection.inward.canWrite = true
        schedule(now + limits.idleTime)
        relay(connection, at: now)
    }
}
