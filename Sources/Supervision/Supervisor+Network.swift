import FoundationEssentials
import Gateway
import GuestProtocol
import NetworkPolicy
import PolicyLibrary
import System
import TaskModel
import TaskStore

extension Supervisor {
    /// What the agent tries is written down until the task's events fill so many bytes: trying is free, disks are not.
    private static let longestLog = 64 << 20
    /// The last quarter is for what was let through: whoever is refused for hours does not get out unseen after that.
    private static let longestRefusals = 48 << 20

    /// What notes the gateway's decisions, one after the other.
    struct Reporting {
        let end: @Sendable () -> Void
        let task: Task<Void, Never>
    }

    /// What the sandbox may reach: the rules on record, if they are the ones that were resolved for this task or changed
    /// by its user since. Anything else means nothing at all, and is said.
    func policyOnRecord() -> NetworkPolicy {
        guard let network = record.currentState.network else { return .none }
        guard network.policy.fingerprint == network.hash else {
            note(.policyInvalid, ["hash": .text(network.hash)])
            complain("the policy on record is not the one that was resolved: the sandbox has no network")
            return .none
        }
        return network.policy
    }

    /// Takes over what the guest hands out; what an earlier connection handed out is let go first.
    func welcome(_ hello: Hello, _ listeners: [Descriptor]) throws(TaskError) {
        do throws(SystemError) {
            closeGateway()
            openPorts = []
            // On the host the agent has this machine's own network, and nothing is decided about it.
            if !isIsolated { return }
            let (decisions, report) = AsyncStream.makeStream(of: GatewayEvent.self)
            let fresh = try Gateway(
                policy: policy, names: directory.addresses, limits: GatewayLimits(inputs.network?.limits ?? [:])
            ) { report.yield($0) }
            reporting = Reporting(
                end: { report.finish() }, task: Task { for await decision in decisions { self.report(decision) } })
            try fresh.attach(zip(hello.listeners, listeners).map { GatewayListener($0, socket: $1) })
            gateway = fresh
            openPorts = Set(hello.listeners.filter { $0.transport == .tcp }.map(\.port))
        } catch {
            throw TaskError(.noSandbox, "cannot serve the sandbox's sockets: \(error)")
        }
    }

    /// Refuses an agent's sandbox that has no listeners for names, or one twice. Ports can have been added since its start.
    func requireListeners(_ hello: Hello) throws(TaskError) {
        if !isIsolated { return }
        let different = Set(hello.listeners)
        let names = [Listener(transport: .udp, port: 53), Listener(transport: .tcp, port: 53)]
        guard different.count == hello.listeners.count, different.isSuperset(of: names) else {
            throw TaskError(.noSandbox, "the sandbox handed out other sockets than it was told to")
        }
    }

    /// Closes the sandbox's network; nothing more is served, and what was decided until now is going to be noted.
    func closeGateway() {
        gateway?.stop()
        gateway = nil
        reporting?.end()
    }

    /// Waits until all that the gateway decided is noted.
    func finishReporting() async {
        await reporting?.task.value
        reporting = nil
    }

    /// Opens listeners for ports that the policy names and the guest has none for: a change was on record when an
    /// earlier supervisor died, and had not been carried out.
    func openMissingPorts() async {
        for port in policy.ports where !openPorts.contains(port) {
            do throws(TaskError) {
                try await openPort(port)
            } catch {
                complain("\(error)")
            }
        }
    }

    // MARK: Live changes

    /// Changes what the sandbox may reach. What is allowed is on record before it is in force, what is denied is in force
    /// before it is on record.
    ///
    /// - Returns: what the user should know although all went well; nil for nothing.
    func change(_ request: ControlRequest) async throws(TaskError) -> String? {
        guard record.currentState.phase == .running else {
            throw TaskError("the task '\(inputs.id)' does not run", next: "task resume \(inputs.id)")
        }
        guard let change = request.policyChange, let target = request.target else {
            throw TaskError("the request says nothing about what is to change")
        }
        var (next, notice) = try Self.changed(policy, change, target)
        // What is taken away needs nothing of the guest, and does not wait for it.
        while change == .allow, let port = next.ports.first(where: { !openPorts.contains($0) }) {
            try await openPort(port)
            // Another change may have come first.
            (next, notice) = try Self.changed(policy, change, target)
        }
        if change != .allow { enforce(next) }
        let sources = (record.currentState.network?.sources ?? []).filter { $0 != "live" } + ["live"]
        try save(PolicyInForce(policy: next, hash: next.fingerprint, sources: sources))
        enforce(next)
        note(.policyChanged, ["change": .text(change.rawValue), "target": .text(target)])
        return notice
    }

    private func enforce(_ next: NetworkPolicy) {
        policy = next
        gateway?.update(next)
    }

    private func save(_ network: PolicyInForce) throws(TaskError) {
        let before = record.currentState.network
        record.currentState.network = network
        do throws(TaskError) {
            try save()
        } catch {
            record.currentState.network = before
            throw error
        }
    }

    private static func changed(
        _ policy: NetworkPolicy, _ change: PolicyChange, _ target: String
    ) throws(TaskError) -> (NetworkPolicy, notice: String?) {
        do {
            switch change {
            case .allow: return (try policy.allowing(PolicyRule(item: target, action: .allow, source: "live")), nil)
            case .deny: return (try policy.denying(PolicyRule(item: target, action: .deny, source: "live")), nil)
            case .revoke:
                let item = try PolicyItem(target)
                let revocation = try policy.revoking(item.target, port: item.port)
                let left = revocation.remaining.first.map {
                    "'\(target)' may still be reached, in whole or in part: \($0) (\($0.source))"
                }
                return (revocation.policy, left)
            }
        } catch let error as PolicyError {
            throw TaskError(error)
        } catch {
            throw TaskError("\(error)")
        }
    }

    private func openPort(_ port: UInt16) async throws(TaskError) {
        let (_, answers) = try link.request { .listen(request: $0, port: port) }
        for await answer in answers {
            if case .listening = answer.message, let socket = answer.descriptors.first {
                guard let gateway else { break }
                do throws(SystemError) {
                    try gateway.attach([GatewayListener(transport: .tcp, port: port, socket: socket)])
                    openPorts.insert(port)
                    return
                } catch {
                    throw TaskError("cannot serve port \(port): \(error)")
                }
            }
            if case .failure(_, let reason) = answer.message {
                throw TaskError(
                    "port \(port) cannot be opened inside: \(PlainText.line(reason))",
                    next: "end what listens there inside, then try again")
            }
        }
        throw TaskError("the connection to the sandbox broke off", next: "task list")
    }

    // MARK: What the gateway says

    /// Notes what the gateway decided, for the user and, where it refused, for the agent.
    private func report(_ event: GatewayEvent) {
        switch event {
        case .decided(let decision):
            note(decision)
            guard case .refused(let reason) = decision.verdict, !decision.host.isEmpty else { return }
            do throws(SystemError) {
                try denied.append(time: Date(), host: decision.host, port: decision.port, reason: reason.rawValue)
            } catch {
                complain("\(error)")
            }
        case .failed(let error):
            note(.gatewayFailed, ["reason": .text(error.description)])
            complain("gateway: \(error)")
        }
    }

    /// Says once of each what is missing from here on.
    private func noteFullLog(_ what: String) {
        guard unnotedKinds.insert(what).inserted else { return }
        note(.gatewayFailed, ["reason": .text("the task's events fill \(events.size) bytes: \(what) no longer noted")])
    }

    private func note(_ decision: GatewayDecision) {
        let isAllowed = decision.verdict == .allowed
        guard events.size < (isAllowed ? Self.longestLog : Self.longestRefusals) else {
            return noteFullLog(isAllowed ? "what was let through is" : "refusals are")
        }
        switch decision.verdict {
        case .allowed: note(.connectionClosed, decision.eventData)
        case .refused: note(decision.kind == .name ? .nameRefused : .connectionRefused, decision.eventData)
        }
    }
}

extension GatewayDecision {
    /// The particulars of the event that tells of it.
    var eventData: [String: TaskEvent.Value] {
        var data: [String: TaskEvent.Value] = ["host": .text(host), "count": .number(count)]
        if isRepeated { data["repeated"] = true }
        if let port { data["port"] = .number(Int(port)) }
        if let address { data["address"] = .text(address) }
        if let rule { data["rule"] = .text(rule) }
        // A sum over several addresses names none of them, and yet bytes went there.
        if kind == .connection, verdict == .allowed || address != nil || bytesOut > 0 || bytesIn > 0 {
            data["bytesOut"] = .number(Int(clamping: bytesOut))
            data["bytesIn"] = .number(Int(clamping: bytesIn))
            data["milliseconds"] = .number(Int(clamping: milliseconds))
        }
        if case .refused(let reason) = verdict { data["reason"] = .text(reason.rawValue) }
        return data
    }
}

extension GatewayListener {
    init(_ listener: Listener, socket: Descriptor) {
        self.init(transport: listener.transport == .udp ? .udp : .tcp, port: listener.port, socket: socket)
    }
}
