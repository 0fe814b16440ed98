public import TaskModel

/// What a supervisor needs of the place where its task runs: somewhere to start the guest, and to find out what became
/// of it. All else is between the guest and the supervisor, and the same everywhere.
public protocol SandboxProvider: Sendable {
    /// The place.
    var place: Place { get }

    /// The name of a task's container: one per task and role, so that a second attempt finds the first.
    func containerName(_ task: TaskID, _ role: SandboxPlan.Role) -> String

    /// Makes and starts it. What an earlier attempt of ours left under the same name is removed first.
    ///
    /// - Throws: `TaskError`; nothing is left behind then.
    func start(_ plan: SandboxPlan) async throws(TaskError) -> Container

    /// What became of it, by id or name.
    func fate(of container: String) async throws(TaskError) -> ContainerFate

    /// Ends it with all that runs in it, by id or name; one that is not there is fine.
    func remove(_ container: String) async throws(TaskError)

    /// What the guest last said: the reason where it could not start.
    func lastWords(of container: String) async -> String
}

/// What became of a container.
public enum ContainerFate: Equatable, Sendable {
    /// It runs; its first process as the host numbers it.
    case running(pid: Int32)
    /// It does not run; the engine's word on the exit code, and whether memory ran out.
    case ended(code: Int, outOfMemory: Bool)
    /// There is none.
    case absent
}
