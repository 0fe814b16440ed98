import Glibc
import NetworkPolicy
import System

extension Switchboard {
    /// Deals with news of a listener or a DNS connection.
    func handleLine(_ id: UInt64, at now: Monotonic) {
        switch lines[id] {
        case .datagrams(let socket): answerDatagrams(socket, at: now)
        case .connections(let socket, let port):
            accept(on: socket, id, at: now) { open($0, port: port, at: now) }
        case .queries(let socket): accept(on: socket, id, at: now) { openQueries($0, at: now) }
        case .query(let socket, let stream): answerQueries(socket, stream, id, at: now)
        case nil: break
        }
    }

    /// Takes the connections that wait, though not all of very many.
    private func accept(on listener: Descriptor, _ id: UInt64, at now: Monotonic, _ take: (Descriptor) -> Void) {
        do throws(SystemError) {
            for _ in 0..<limits.turn {
                guard let connection = try InternetSocket.accept(listener) else { return }
                take(connection)
            }
        } catch {
            note(error, at: now)
            if Self.isShortage(error) { rest(at: now) } else { remove(id) }
        }
    }

    /// Whether a call failed because the process or the system has nothing left.
    static func isShortage(_ error: SystemError) -> Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.code) }

    // MARK: Names

    private func answerDatagrams(_ socket: Descriptor, at now: Monotonic) {
        for _ in 0..<limits.turn {
            if isFlooded(at: now) { return ignoreDatagrams(at: now) }
            // An error here would be that of an earlier answer (ip(7)).
            guard let datagram = try? InternetSocket.receiveDatagram(atMost: DNSStream.longest, from: socket) else {
                return
            }
            if let answer = answer(datagram.bytes, at: now) {
                InternetSocket.answer(datagram, with: answer, over: socket)
            }
        }
    }

    private func openQueries(_ connection: Descriptor, at now: Monotonic) {
        guard queryDeadlines.count < limits.queryConnections, let id = try? add(.query(connection, DNSStream()))
        else {
            InternetSocket.resetWhenClosed(connection)
            return
        }
        queryDeadlines[id] = now + limits.queryIdle
    }

    /// Answers what a DNS connection asks. It is closed where what it sends makes no sense, and where it does not
    /// read its answers: there is no need to keep any for it.
    private func answerQueries(_ socket: Descriptor, _ stream: DNSStream, _ id: UInt64, at now: Monotonic) {
        var stream = stream
        do throws(SystemError) {
            guard let received = try InternetSocket.receive(atMost: DNSStream.longest, from: socket) else { return }
            guard !received.isEmpty, let queries = stream.append(received) else { return remove(id) }
            lines[id] = .query(socket, stream)
            if queries.isEmpty { return }
            if isFlooded(at: now) { return remove(id) }
            queryDeadlines[id] = now + limits.queryIdle
            let answers = queries.flatMap { query in answer(query, at: now).map(DNSStream.frame) ?? [] }
            if try InternetSocket.send(answers, over: socket) < answers.count { remove(id) }
        } catch {
            remove(id)
        }
    }

    private func answer(_ message: [UInt8], at now: Monotonic) -> [UInt8]? {
        switch DNSRequest(message) {
        case .ignore: return nil
        case .answer(let answer): return answer
        case .lookUp(let question): return answer(question, at: now)
        }
    }

    /// Whether there have been more queries than can even be refused.
    private func isFlooded(at now: Monotonic) -> Bool { !queries.hasSome(at: now) && !refusals.hasSome(at: now) }

    /// How long an address may be kept; it does not change, but a policy may.
    private static let keptSeconds: UInt32 = 60

    /// Answers from the policy alone: nobody is asked. An allowed name has an IPv4 address and nothing else, any other
    /// name does not exist.
    private func answer(_ question: DNSQuestion, at now: Monotonic) -> [UInt8] {
        guard queries.take(at: now) else {
            _ = refusals.take(at: now)
            return refuse(question, "", .limit, nil, as: .refused, at: now)
        }
        guard let name = question.hostName else {
            return refuse(question, question.name, .notListed, nil, as: .noSuchName, at: now)
        }
        if case .refuse(let reason, let rule) = policy.decide(name) {
            return refuse(question, name.description, reason, rule, as: .noSuchName, at: now)
        }
        guard question.type == DNSResponse.typeA else { return question.noData }
        do throws(SystemError) {
            guard let address = try names.address(of: name) else {
                return refuse(question, name.description, .limit, nil, as: .refused, at: now)
            }
            return question.answer(address: address, seconds: Self.keptSeconds)
        } catch {
            note(error, at: now)
            return question.answer(.refused)
        }
    }

    private func refuse(
        _ question: DNSQuestion, _ host: String, _ reason: RefusalReason, _ rule: PolicyRule?, as code: DNSResponseCode,
        at now: Monotonic
    ) -> [UInt8] {
        note(GatewayDecision(.name, host: host, verdict: .refused(reason), rule: rule?.reported), at: now)
        return question.answer(code)
    }
}

extension PolicyRule {
    /// The rule with where it comes from, as it is reported.
    var reported: String { "\(self) (\(source))" }
}
