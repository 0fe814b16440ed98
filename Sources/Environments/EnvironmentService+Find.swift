import EngineAPI
import System
public import TaskModel

extension EnvironmentService {
    /// Looks for an engine, of a given kind or of any.
    ///
    /// - Parameter offersUnsafe: whether a user who has none is told how to go on without isolation.
    /// - Throws: `TaskError` that says for each engine whether it is missing, stopped or forbidden, every place that
    ///   was looked at, and what mends it.
    public static func find(
        _ place: Place?, stateRoot: String, offersUnsafe: Bool = true
    ) async throws(TaskError) -> EnvironmentService {
        let endpoint: EngineEndpoint
        do throws(DiscoveryError) {
            endpoint = try await EngineDiscovery.discover(place.flatMap { EngineFlavor(rawValue: $0.rawValue) })
        } catch {
            throw await EngineDiagnosis(of: error, wanted: place).error(offersUnsafe: offersUnsafe)
        }
        guard let found = Place(rawValue: endpoint.flavor.rawValue) else {
            throw TaskError(.noSandbox, "'\(endpoint.flavor.rawValue)' is not a place for tasks")
        }
        return try EnvironmentService(place: found, socket: endpoint.socket, stateRoot: stateRoot)
    }

    /// What is wrong with each engine, on one line, and what mends it; nil where one answers.
    public static func trouble(_ place: Place?) async -> EngineTrouble? {
        do throws(DiscoveryError) {
            _ = try await EngineDiscovery.discover(place.flatMap { EngineFlavor(rawValue: $0.rawValue) })
            return nil
        } catch {
            let diagnosis = await EngineDiagnosis(of: error, wanted: place)
            return EngineTrouble(
                summary: diagnosis.findings.joined(separator: "; "),
                mend: diagnosis.remedies.first?.commands.joined(separator: " && "),
                error: diagnosis.error(offersUnsafe: false))
        }
    }
}

/// Why no engine can be used.
public struct EngineTrouble: Sendable, Equatable {
    /// What is wrong with each engine, on one line.
    public let summary: String
    /// The likeliest command that mends it.
    public let mend: String?
    /// All that a user is told.
    public let error: TaskError
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
