import FoundationEssentials
import Glibc

/// Finding the engine that the user's own command line would use.
public enum EngineDiscovery {
    /// Looks for an engine and asks each place that it knows whether one answers.
    ///
    /// Docker and Podman are told apart by what they answer, never by their path.
    ///
    /// - Parameters:
    ///   - wanted: which software; `nil` for whichever is found first.
    ///   - environment: this process's own where it is `nil`.
    /// - Throws: `unsupported` and `unusable` where the user has named an engine that cannot be used,
    ///   `nothingAnswers` with every place and what was found there.
    public static func discover(
        _ wanted: EngineFlavor?, environment: [String: String]? = nil
    ) async throws(DiscoveryError) -> EngineEndpoint {
        let survey = await ask(try candidates(wanted, in: view(environment)), wanted, isEnough: 1)
        guard let first = survey.found.first else { throw .nothingAnswers(wanted, survey.attempts) }
        return first
    }

    /// Every engine that answers at one of the usual places, whatever the environment names, and what was found at the
    /// others.
    public static func survey(environment: [String: String]? = nil) async -> EngineSurvey {
        let view = view(environment)
        let places = wellKnown(view).map { EngineCandidate(place: .socket($0), origin: .wellKnown) }
        return await ask(places, nil, isEnough: .max)
    }

    static func view(_ environment: [String: String]?) -> EngineSurroundings {
        let environment = environment ?? ProcessInfo.processInfo.environment
        return EngineSurroundings(
            environment: environment, home: environment["HOME"] ?? "/", user: getuid(), readFile: readFile,
            listDirectory: { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] })
    }

    /// Asks one place after the other, until enough engines have answered.
    private static func ask(
        _ candidates: [EngineCandidate], _ wanted: EngineFlavor?, isEnough: Int
    ) async -> EngineSurvey {
        var survey = EngineSurvey(found: [], attempts: [])
        for candidate in candidates where survey.found.count < isEnough {
            switch candidate.place {
            case .unsupported(let host):
                survey.attempts.append(EngineAttempt(place: host, origin: candidate.origin, outcome: .unsupported))
            case .socket(let path):
                switch await ask(path, wanted) {
                case .success(let ping):
                    survey.found.append(
                        EngineEndpoint(
                            socket: path, origin: candidate.origin, flavor: ping.flavor, version: ping.version))
                case .failure(let outcome):
                    survey.attempts.append(EngineAttempt(place: path, origin: candidate.origin, outcome: outcome))
                }
            }
        }
        return survey
    }

    /// The most that is read of one of Docker's configuration files, in bytes.
    private static let fileLimit = 1 << 20

    private static func readFile(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: fileLimit + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        return ferror(file) != 0 || count > fileLimit ? nil : Array(bytes.prefix(count))
    }

    private static func ask(
        _ path: String, _ wanted: EngineFlavor?
    ) async -> Result<EnginePing, EngineAttempt.Outcome> {
        do throws(EngineError) {
            let ping = try await EngineClient(socket: path).ping(timeout: .seconds(5))
            guard let wanted, ping.flavor != wanted else { return .success(ping) }
            return .failure(.otherFlavor(ping.flavor))
        } catch {
            switch error {
            case .unreachable(_, let reason): return .failure(.unreachable(reason))
            case .malformed, .response: return .failure(.notAnEngine("\(error)"))
            default: return .failure(.unreachable(.failed("\(error)")))
            }
        }
    }
}

/// What answered where.
public struct EngineSurvey: Sendable, Equatable {
    /// The engines, in the order of the places.
    public var found: [EngineEndpoint]
    /// The places without one.
    public var attempts: [EngineAttempt]
}

/// A place that was looked at, and why there is no engine to use.
public struct EngineAttempt: Sendable, Equatable, CustomStringConvertible {
    /// What was found.
    public enum Outcome: Error, Sendable, Equatable, CustomStringConvertible {
        /// No conversation took place.
        case unreachable(UnreachableReason)
        /// Something answers that is no engine.
        case notAnEngine(String)
        /// An engine answers, and another one was asked for.
        case otherFlavor(EngineFlavor)
        /// It is no Unix socket: `tcp://`, `ssh://`.
        case unsupported

        /// A few words for a person.
        public var description: String {
            switch self {
            case .unreachable(let reason): "\(reason)"
            case .notAnEngine(let what): "not an engine: \(what)"
            case .otherFlavor(let flavor): "this is \(flavor.rawValue)"
            case .unsupported: "only Unix sockets can be used"
            }
        }
    }

    /// The path of the socket, or the host as it was named.
    public let place: String
    /// Who named it.
    public let origin: EngineOrigin
    /// What was found.
    public let outcome: Outcome

    /// An attempt.
    public init(place: String, origin: EngineOrigin, outcome: Outcome) {
        self.place = place
        self.origin = origin
        self.outcome = outcome
    }

    /// One line for a person.
    public var description: String { "\(printable(place)) (\(printable("\(origin)"))): \(outcome)" }
}

/// Why no engine was found.
public enum DiscoveryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The user has named an engine behind something else than a Unix socket.
    case unsupported(origin: EngineOrigin, host: String)
    /// What names the engine cannot be understood.
    case unusable(origin: EngineOrigin, reason: String)
    /// Every place that was looked at, in order.
    case nothingAnswers(EngineFlavor?, [EngineAttempt])

    /// For a person; `nothingAnswers` takes a line for each place.
    public var description: String {
        switch self {
        case .unsupported(let origin, let host):
            "\(printable("\(origin)")) names \"\(printable(host))\": only Unix sockets (unix:///path) can be used"
        case .unusable(let origin, let reason): "\(printable("\(origin)")) cannot be used: \(printable(reason))"
        case .nothingAnswers(let wanted, let attempts):
            (["no \(wanted?.rawValue ?? "docker or podman") engine answers"] + attempts.map { "\($0)" })
                .joined(separator: "\n  ")
        }
    }
}
