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
