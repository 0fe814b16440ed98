import Environments
import FoundationEssentials
import System
public import TaskModel
import TaskStore

/// What engine tasks would run on, for a person who has just begun.
public struct EngineFinding: Equatable, Sendable {
    /// Docker or Podman; nil where none answers.
    public var place: Place?
    /// The engine's own version.
    public var version: String?
    /// Where it was found.
    public var socket: String?
    /// True where it runs without the rights of root.
    public var isRootless = false
    /// One line: `docker 20.10.24, at /var/run/docker.sock`, or what is wrong with each engine.
    public var summary: String
    /// Where none answers: what was looked at, and what mends it.
    public var problem: TaskError?
}

extension TaskService {
    /// Looks for the engine that tasks would run on; nothing is made or started.
    ///
    /// - Parameter place: the engine asked for; nil for whichever is found first.
    public func engineFinding(_ place: Place? = nil) async -> EngineFinding {
        switch await EnvironmentService.look(place) {
        case .none(let trouble):
            var finding = EngineFinding(summary: trouble.summary)
            let obstacle = try? obstacleToUnsafe(in: FileManager.default.currentDirectoryPath)
            finding.problem = trouble.error(offersUnsafe: obstacle == .some(nil))
            return finding
        case .found(let place, let socket, _):
            var finding = EngineFinding(summary: "")
            do throws(TaskError) {
                let engine = try EnvironmentService(place: place, socket: socket, stateRoot: store.root)
                let version = try await engine.version()
                finding.place = place
                finding.version = version
                finding.socket = socket
                finding.isRootless = engine.traits.isRootless
                finding.summary = "\(place.rawValue) \(version), at \(PlainText.line(socket))"
                if finding.isRootless { finding.summary += ", rootless" }
            } catch {
                finding.summary = error.message
                finding.problem = error
            }
            return finding
        }
    }
}
