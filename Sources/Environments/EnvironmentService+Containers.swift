import EngineAPI
import Glibc
import System
public import TaskModel

extension EnvironmentService {
    /// The name of a task's container: one per task and role, so that a second attempt finds the first.
    public func containerName(_ task: TaskID, _ role: SandboxPlan.Role) -> String {
        "task-\(task)-\(role.rawValue)-\(owner)"
    }

    /// Makes and starts a container. One of the same name that an earlier attempt left is removed first, if it is ours.
    ///
    /// An engine finishes what it has begun, whether anybody waits for it or not, and a container that is being made
    /// cannot be removed yet: so cancelling the Swift task waits for the container too, which the caller then removes.
    ///
    /// - Throws: `TaskError`; nothing is left behind then.
    public func start(_ plan: SandboxPlan) async throws(TaskError) -> Container {
        let uncancelled = Task { () -> Result<Container, TaskError> in
            do throws(TaskError) {
                return .success(try await makeAndStart(plan))
            } catch {
                return .failure(error)
            }
        }
        return try await uncancelled.value.get()
    }

    private func makeAndStart(_ plan: SandboxPlan) async throws(TaskError) -> Container {
        for volume in plan.volumes where volume.isNamed != true && !Files.exists(volume.source) {
            throw TaskError(.noSandbox, "cannot mount '\(volume.source)': it does not exist")
        }
        try await makeVolumes(plan.volumes)
        let name = containerName(plan.task, plan.role)
        let spec = plan.containerSpec(on: traits, labels: labels(of: plan))
        let id = try await create(spec, name: name)
        do throws(TaskError) {
            try await engine("start the container '\(name)'") { () async throws(EngineError) in
                try await client.startContainer(id)
            }
            guard case .running(let pid) = try await fate(of: id) else {
                throw TaskError(.noSandbox, "the container '\(name)' ended at once: \(await lastWords(of: id))")
            }
            return Container(id: id, name: name, pid: pid)
        } catch {
            try? await remove(id)
            throw error
        }
    }

    /// What became of a container, by id or name.
    public func fate(of container: String) async throws(TaskError) -> ContainerFate {
        do throws(EngineError) {
            let state = try await client.inspectContainer(container).state
            if state.isRunning, let pid = state.pid, pid > 0 { return .running(pid: Int32(clamping: pid)) }
            return .ended(code: state.exitCode ?? -1, outOfMemory: state.wasOutOfMemory ?? false)
        } catch {
            if error.isNotFound { return .absent }
            throw error.asTaskError("inspect the container '\(container)'", kind: .failed)
        }
    }

    /// Removes a container, running or not; one that is not there is fine.
    public func remove(_ container: String) async throws(TaskError) {
        do throws(EngineError) {
            try await client.removeContainer(container, force: true)
        } catch {
            if error.isNotFound { return }
            throw error.asTaskError("remove the container '\(container)'", kind: .failed)
        }
    }

    /// What PID 1 last said: the reason where it could not start.
    public func lastWords(of container: String) async -> String {
        var text: [UInt8] = []
        do {
            for try await chunk in try await client.containerLogs(container, tail: 5) {
                text += chunk.bytes
                if text.count > 2048 { break }
            }
        } catch {
            return "\(error)"
        }
        let words = String(decoding: text, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
        return words.isEmpty ? "it said nothing" : PlainText.line(words)
    }

    /// A name that is taken is freed, where it is an earlier attempt of ours that has it.
    private func create(_ spec: ContainerSpec, name: String) async throws(TaskError) -> String {
        let refusal: EngineError
        do throws(EngineError) {
            return try await client.createContainer(spec, name: name).id
        } catch {
            refusal = error
        }
        guard let labels = try? await client.inspectContainer(name).config?.labels else {
            throw refusal.asTaskError("make the container '\(name)'")
        }
        guard labels[Label.owner] == owner, labels[Label.task] == spec.labels?[Label.task] else {
            throw TaskError(.noSandbox, "the container name '\(name)' is taken by one that is not ours")
        }
        try await remove(name)
        return try await engine("make the container '\(name)'") { () async throws(EngineError) in
            try await client.createContainer(spec, name: name).id
        }
    }

    /// What says of a container whose it is, and who is at it.
    var madeHere: [String: String] { [Label.owner: owner, Label.maker: ProcessIdentity.current.description] }

    private func labels(of plan: SandboxPlan) -> [String: String] {
        madeHere.merging([Label.task: plan.task.description, Label.role: plan.role.rawValue]) { $1 }
    }
}

/// Labels on everything that is made on an engine, so that what a crash leaves is found by them.
public enum Label {
    /// The task's name.
    public static let task = "dev.task.id"
    /// The mark of the state directory.
    public static let owner = "dev.task.owner"
    /// What a container is for.
    public static let role = "dev.task.role"
    /// Pid, start time and boot of the process that made a container.
    public static let maker = "dev.task.maker"
    /// The content key of an image.
    public static let key = "dev.task.image.key"
    /// The definition an image was made from.
    public static let definition = "dev.task.image.definition"
    /// The task that an image is a snapshot of.
    public static let snapshot = "dev.task.snapshot.of"
    /// What part of an environment an image is.
    public static let layer = "dev.task.image.layer"
    /// The project that an image or a volume was made for.
    public static let project = "dev.task.project"
    /// The version of the agent in an image.
    public static let agentVersion = "dev.task.image.agent-version"
    /// What was added to the image below, with commas between.
    public static let added = "dev.task.image.added"
    /// The keys of the images that one was built on, with commas between.
    public static let parents = "dev.task.image.parents"
    /// The attempt to build something, so that what it leaves is found.
    public static let build = "dev.task.build"
    /// Which cache a volume is.
    public static let cache = "dev.task.cache"
    /// The user id that a cache volume is for.
    public static let user = "dev.task.user"

    /// The mark of a user's state directory.
    static func owner(of stateRoot: String) -> String {
        String(SHA256.hex("\(getuid()):\(stateRoot)".utf8).prefix(12))
    }
}
