import Environments
import FoundationEssentials
public import NetworkPolicy
public import PolicyLibrary
import System
public import TaskModel
public import TaskStore

/// How what a running task may reach changes.
public enum PolicyChange: String, Codable, Sendable {
    /// A name or block may be reached.
    case allow
    /// It may not be, whatever other rules say.
    case deny
    /// The rules about exactly this go.
    case revoke
}

extension TaskService {
    /// The policies that can be named.
    public func policies() throws(TaskError) -> [NamedPolicy] { try policyLibrary().names() }

    /// What a policy, or the path of a file, comes to on this machine.
    public func policy(named name: String) throws(TaskError) -> ResolvedPolicy {
        let library = try policyLibrary()
        do throws(PolicyError) {
            return try library.resolve(name)
        } catch {
            throw TaskError(error)
        }
    }

    /// What a task may reach now.
    public func network(of directory: TaskDirectory) throws(TaskError) -> NetworkPolicy {
        try require(.allowList, of: directory, to: "say what is allowed to")
        return try directory.readRecord().currentState.network?.policy ?? .none
    }

    /// Changes what a running task may reach.
    ///
    /// - Returns: what the user should know although all went well; nil for nothing.
    public func changePolicy(
        of directory: TaskDirectory, _ change: PolicyChange, _ target: String
    ) throws(TaskError) -> String? {
        // Before the supervisor is asked, so that a slip of the keyboard is called one.
        do throws(RuleError) {
            _ = try PolicyItem(target)
        } catch {
            throw TaskError(.usage, error.description, next: "task policy \(change.rawValue) --help")
        }
        try require(.livePolicy, of: directory, to: "limit what is reached by")
        try requireRunning(directory)
        var request = ControlRequest(.policy)
        request.policyChange = change
        request.target = target
        return try connect(to: directory).ask(request).notice
    }

    /// The smallest policy that would have allowed what a task was refused.
    public func learn(_ directory: TaskDirectory) throws(TaskError) -> LearnedPolicy {
        LearnedPolicy(
            try refusals(directory), purpose: "what the task \(directory.id) was refused; review before use")
    }

    /// The hosts that a task was refused, in the order in which they came.
    public func refusedHosts(_ directory: TaskDirectory) throws(TaskError) -> [String] {
        var seen: Set<String> = []
        return try refusals(directory).map(\.host).filter { seen.insert($0).inserted }
    }

    private func refusals(_ directory: TaskDirectory) throws(TaskError) -> [RefusedConnection] {
        var reader = EventReader(directory)
        return try reader.next().compactMap { event in
            guard [.nameRefused, .connectionRefused].contains(event.event),
                case .text(let host) = event.data["host"], !host.isEmpty,
                case .text(let words) = event.data["reason"], let reason = RefusalReason(rawValue: words)
            else { return nil }
            var port: UInt16?
            if case .number(let number) = event.data["port"] { port = UInt16(exactly: number) }
            return RefusedConnection(host: host, port: port, reason: reason)
        }
    }

    /// What a new task may reach, with everything that can be wrong about it found out now; and what a user should know
    /// before trusting it.
    func policyInForce(
        for request: NetworkRequest
    ) throws(TaskError) -> (policy: PolicyInForce, warnings: [String]) {
        if request.isEmpty {
            return (PolicyInForce(policy: .none, hash: NetworkPolicy.none.fingerprint, sources: []), [])
        }
        let library = try policyLibrary()
        do {
            let rules = try request.allowedDomains.map { try PolicyRule(item: $0, source: "--allow-domain") }
            let resolved = try library.resolve(request.policies, adding: rules)
            let policy = PolicyInForce(policy: resolved.policy, hash: resolved.hash, sources: resolved.sources)
            return (policy, resolved.warnings)
        } catch let error as RuleError {
            throw TaskError(.usage, "--allow-domain: \(error)", next: "task run --help")
        } catch let error as PolicyError {
            throw TaskError(error)
        } catch {
            throw TaskError("\(error)")
        }
    }

    private func policyLibrary() throws(TaskError) -> PolicyLibrary {
        let directories = Directories(environment: environment)
        return PolicyLibrary(
            configuration: directories.configuration, installed: try Installation.find().policies,
            home: directories.home, environment: environment)
    }
}

extension TaskError {
    /// What is wrong with a policy, as users are told.
    init(_ error: PolicyError) {
        self.init(error.located, next: error.next)
    }
}
