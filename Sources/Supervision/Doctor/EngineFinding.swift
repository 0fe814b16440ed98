import Environments
import System
public import TaskModel

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
        do throws(TaskError) {
            let engine = try await EnvironmentService.find(place, stateRoot: store.root)
            let version = try await engine.version()
            var finding = EngineFinding(summary: "\(engine.place.rawValue) \(version), at \(PlainText.line(engine.socket))")
            finding.place = engine.place
            finding.version = version
            finding.socket = engine.socket
            finding.isRootless = engine.traits.isRootless
            if finding.isRootless { finding.summary += ", without rights of root" }
            return finding
        } catch {
            var finding = EngineFinding(summary: error.message.split(separator: "\n").first.map(String.init) ?? "")
            finding.problem = error
            return finding
        }
    }
}
