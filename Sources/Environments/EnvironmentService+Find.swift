import EngineAPI
import System
public import TaskModel

extension EnvironmentService {
    /// Looks for an engine, of a given kind or of any.
    ///
    /// - Parameter offersUnsafe: whether a user who has none is told how to go on without isolation.
    /// - Throws: `TaskError` that says for each engine whether it is missing, stopped or forbidden, every place that
    ///   was looked at, and what mends it; or that no engine can be asked here.
    public static func find(
        _ place: Place?, stateRoot: String, offersUnsafe: Bool = false
    ) async throws(TaskError) -> EnvironmentService {
        if let obstacle = EngineClient.obstacle {
            throw TaskError(
                .noSandbox, "no engine can be asked: \(obstacle)",
                next: "install libcurl 7.68 or newer (Debian and Ubuntu: sudo apt-get install libcurl4)")
        }
        switch await look(place) {
        case .found(let place, let socket, _):
            return try EnvironmentService(place: place, socket: socket, stateRoot: stateRoot)
        case .none(let trouble):
            throw trouble.error(offersUnsafe: offersUnsafe)
        }
    }

    /// Looks for an engine, of a given kind or of any, and says why there is none.
    public static func look(_ place: Place?) async -> EngineSearch {
        do throws(DiscoveryError) {
            let endpoint = try await EngineDiscovery.discover(place.flatMap { EngineFlavor(rawValue: $0.rawValue) })
            let reason: String
            switch endpoint.origin {
            case .wellKnown:
                reason = place == nil ? "the first that answers" : "as asked for"
            default: reason = "named by \(EngineDiagnosis.name(of: endpoint.origin))"
            }
            switch endpoint.flavor {
            case .docker: return .found(.docker, socket: endpoint.socket, reason: reason)
            case .podman: return .found(.podman, socket: endpoint.socket, reason: reason)
            }
        } catch {
            return .none(EngineTrouble(diagnosis: await EngineDiagnosis(of: error, wanted: place)))
        }
    }
}

extension EnvironmentService {
    /// Who runs this program, by name.
    public static var userName: String { MachineSituation.userName }

    /// The command that installs a package on this machine; nil for a distribution that is not known.
    public static func commandToInstall(_ package: String, environment: [String: String]) -> String? {
        let machine = MachineSituation.gather(sockets: [], environment: environment)
        return machine.distribution.installer.map { machine.asRoot("\($0) \(package)") }
    }
}

/// How a search for an engine ended.
public enum EngineSearch: Sendable {
    /// One answers at a socket; the reason says why it is that one.
    case found(Place, socket: String, reason: String)
    /// None can be used.
    case none(EngineTrouble)
}

/// Why no engine can be used.
public struct EngineTrouble: Sendable {
    let diagnosis: EngineDiagnosis

    /// What is wrong with each engine, on one line.
    public var summary: String { diagnosis.findings.joined(separator: "; ") }
    /// The likeliest commands that mend it.
    public var mend: String? {
        diagnosis.remedies.first { !$0.commands.isEmpty }?.commands.joined(separator: " && ")
    }
    /// All that a user is told.
    public func error(offersUnsafe: Bool) -> TaskError { diagnosis.error(offersUnsafe: offersUnsafe) }
}

extension EngineDiagnosis {
    /// Looks at this machine, after the search for an engine has failed.
    init(of failure: DiscoveryError, wanted place: Place?) async {
        wanted = place.flatMap { EngineFlavor(rawValue: $0.rawValue) }
        self.failure = failure
        var sockets: [String] = []
        var others: [EngineEndpoint] = []
        if case .nothingAnswers(_, let attempts) = failure {
            sockets = attempts.map(\.place).filter { $0.hasPrefix("/") }
        }
        // Where the user has named a place, nothing else was tried.
        if sockets.count < 2 { others = await EngineDiscovery.survey().found }
        self.others = others
        machine = MachineSituation.gather(sockets: sockets, environment: ProcessEnvironment.current)
    }
}
