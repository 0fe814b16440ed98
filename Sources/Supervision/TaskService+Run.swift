import Environments
import FoundationEssentials
import ImageLibrary
import Synchronization
import System
public import TaskModel
public import TaskStore
import Workspace

extension TaskService {
    /// Makes a task and starts its agent. Everything that can be refused is refused before anything is made.
    ///
    /// - Throws: `TaskError`; then nothing is left of the attempt. Cancelling the Swift task undoes it too.
    public func run(_ request: RunRequest, _ listener: RunListener) async throws(TaskError) -> TaskDirectory {
        do throws(TaskError) {
            return try await make(request, listener)
        } catch {
            // Whatever it was that failed: there is no sandbox, and an exit code of 1 is the agent's own.
            throw error.kind == .failed ? TaskError(.noSandbox, error.message, next: error.next) : error
        }
    }

    private func make(_ request: RunRequest, _ listener: RunListener) async throws(TaskError) -> TaskDirectory {
        let configuration = try configuration(for: request.directory)
        if request.isUnsafe { try requireHost(for: request, configuration) }
        let library = try imageLibrary(configuration)
        let agent = try chooseAgent(request, library, configuration, listener)
        if agent == nil { try requireCommand(request.command) }
        let environment = try entries(request, agent, configuration)
        let (networkRequest, network) =
            request.isUnsafe ? (nil, nil) : try self.network(request, agent?.definition, configuration, listener)
        let id = try chooseName(request.name)
        let supervisor = try SupervisorProcess(program: try self.program(), task: id, errand: .start)
        async let service = findEngine(for: request)
        let repository = try await Repository.find(from: request.directory, git: git)
        if !request.isUnsafe { try requireMountable(repository.path) }
        async let identity = repository.identity(git: git)
        async let freeBranch: Void = requireFreeBranch(id, repository)
        listener.progress("looking at the repository, the engine and the image")
        let base: Base
        let engine: EnvironmentService?
        let furniture: (image: Image?, equipment: Equipment?)
        let author: Author
        let secrets: [String: String]
        do {
            base = try await repository.resolve(request.base, git: git)
            _ = try Includes(request.includes, in: repository)
            try await freeBranch
            author = try await identity.map { Author(name: $0.name, email: $0.email) } ?? Self.nobody(listener)
            engine = try await service
            // Before an image is built: whoever is asked for a password is still there.
            secrets = try await self.secrets(environment)
            if let engine {
                furniture = try await furnish(engine, request, agent, library, id, repository.path, listener)
            } else {
                furniture = (nil, hostEquipment(agent, id))
            }
        } catch {
            throw error as? TaskError ?? TaskError(.noSandbox, "\(error)")
        }
        let inputs = TaskInputs(
            id: id, createdAt: Date(), repository: repository, base: base, author: author,
            subdirectory: subdirectory(of: request.directory, in: repository), includes: request.includes,
            command: agent?.invocation(
                id, project: request.isUnsafe ? store.directory(id).workspace : repository.path) ?? request.command,
            environment: environment, place: engine?.place ?? .local,
            image: engine == nil ? nil : request.image.image, limits: engine == nil ? .none : request.limits,
            timeout: request.timeout, network: networkRequest, equipment: furniture.equipment)
        if Task.isCancelled { throw TaskError(.noSandbox, "interrupted before anything was made") }
        if let image = furniture.image { engine?.noteUse(of: image) }
        if request.isUnsafe { warn(request, configuration, listener) }
        let directory = try store.create(inputs, Self.record(of: inputs, on: engine, furniture.image, network))
        do throws(TaskError) {
            try await start(supervisor, secrets, listener)
        } catch {
            await discard(directory)
            throw error
        }
        register(repository, agent: request.image.agent, listener)
        // Reading the whole working tree takes its time, and decides nothing.
        if let changes = try? await repository.uncommittedChanges(git: git) { announce(changes, listener) }
        return directory
    }

    private static func record(
        of inputs: TaskInputs, on engine: EnvironmentService?, _ image: Image?, _ network: PolicyInForce?
    ) -> TaskRecord {
        var state = CurrentState(place: inputs.place, branch: inputs.id.branch, createdAt: inputs.createdAt)
        state.socket = engine?.socket
        state.image = image
        state.network = network
        return TaskRecord(sequence: 0, id: inputs.id, currentState: state)
    }

    /// Takes back what a supervisor has left that died before it could do so itself. One that lives, or a task whose
    /// agent may run, is left alone.
    private func discard(_ directory: TaskDirectory) async {
        // Not in this Swift task: it may have been cancelled, and the engine would not be asked.
        await Task {
            guard store.contains(directory.id),
                let lock = try? FileLock.take(directory.lock, waitingMilliseconds: 1000),
                let state = try? directory.readRecord().currentState, state.phase == .preparing,
                let guest = try? Installation.find().guest,
                let service = try? state.provider(
                    for: directory, stateRoot: store.root, guest: guest, environment: environment)
            else { return }
            // The engine may still be at work on what the dead one asked for.
            for _ in 0..<4 {
                try? await service.remove(service.containerName(directory.id, .agent))
                try? await Task.sleep(for: .milliseconds(250))
            }
            try? store.remove(directory.id)
            withExtendedLifetime(lock) {}
        }.value
    }

    /// Commits need an author. That there is none configured is said, and no reason to fail.
    private static func nobody(_ listener: RunListener) -> Author {
        listener.notice(
            "git has no user.name and user.email here; the agent's commits are by 'task <task@localhost>'")
        return Author(name: "task", email: "task@localhost")
    }

    /// Lets a task that has ended go on: the same command in the same workspace.
    public func resume(_ name: String, _ listener: RunListener) async throws(TaskError) -> TaskDirectory {
        let directory = try task(name)
        let state = try directory.readRecord().currentState
        guard state.phase == .ended else {
            throw TaskError("the task '\(directory.id)' has not ended", next: "task attach \(directory.id)")
        }
        guard state.place.capabilities.contains(.resume) else {
            throw TaskError(.noSandbox, "a task on \(state.place.rawValue) cannot be resumed")
        }
        let inputs = try directory.readInputs()
        if state.isUnsafe, let obstacle = try obstacleToUnsafe(in: inputs.repository.path) { throw obstacle }
        try requireEnvironment(inputs.environment)
        let secrets = try await secrets(inputs.environment)
        if state.isUnsafe { listener.warning(UnsafeWarning.text) }
        let supervisor = try SupervisorProcess(program: try program(), task: directory.id, errand: .resume)
        try await start(supervisor, secrets, listener)
        return directory
    }

    private func start(
        _ supervisor: SupervisorProcess, _ secrets: [String: String], _ listener: RunListener
    ) async throws(TaskError) {
        listener.progress("starting the sandbox")
        try supervisor.begin(secrets: secrets)
        let result: Result<Void, TaskError> = await withTaskCancellationHandler {
            await onThread {
                Result { () throws(TaskError) in
                    try supervisor.waitUntilStarted(progress: listener.progress, request: listener.notice)
                }
            }
        } onCancel: {
            supervisor.abandon()
        }
        try result.get()
    }

    /// The engine for a request; nil where none is wanted.
    private func findEngine(for request: RunRequest) async throws(TaskError) -> EnvironmentService? {
        if request.isUnsafe { return nil }
        // What the configuration forbids is not offered.
        let offersUnsafe = try obstacleToUnsafe(in: request.directory) == nil
        return try await EnvironmentService.find(request.place, stateRoot: store.root, offersUnsafe: offersUnsafe)
    }

    /// The image that a task runs in, and what that and its agent bring along.
    private func furnish(
        _ engine: EnvironmentService, _ request: RunRequest, _ agent: ChosenAgent?, _ library: ImageLibrary,
        _ id: TaskID, _ project: String, _ listener: RunListener
    ) async throws(TaskError) -> (image: Image?, equipment: Equipment?) {
        let imageRequest = try imageRequest(request.image, project: project, library: library)
        let image = try await self.image(imageRequest, request.image, library, on: engine, listener)
        let equipment = try equipment(agent, imageRequest, library, id, project: project, engine: engine)
        return (image, Self.seeded(equipment, from: image))
    }

    private func image(
        _ request: ImageRequest, _ choice: ImageChoice, _ library: ImageLibrary, on engine: EnvironmentService,
        _ listener: RunListener
    ) async throws(TaskError) -> Image {
        for notice in request.definition.notices { listener.notice(notice) }
        let isNew = Mutex(false)
        let image = try await engine.image(request, library: library) { event in
            if case .ended(_, _, built: true) = event { isNew.withLock { $0 = true } }
            listener.build(event)
        }
        // Once is enough; the task's record says it always.
        if let added = image.added, !added.isEmpty, isNew.withLock({ $0 }) {
            listener.notice("added to the image \(PlainText.line(image.reference)): \(added.joined(separator: ", "))")
        }
        return image
    }

    private func requireMountable(_ project: String) throws(TaskError) {
        guard let obstacle = SandboxPath.obstacle(toMounting: project) else { return }
        throw TaskError(.noSandbox, "the project '\(PlainText.line(project))' cannot be mounted: \(obstacle)")
    }

    private func requireCommand(_ words: [String]) throws(TaskError) {
        guard let program = words.first, !program.isEmpty else {
            throw TaskError(
                .usage, "no command was given, and no agent",
                next: "task run --isolated -- <command>, or task run --isolated --agent claude")
        }
    }

    /// What is on record of what was asked for, and what comes of it.
    private func network(
        _ request: RunRequest, _ agent: AgentDefinition?, _ configuration: Configuration, _ listener: RunListener
    ) throws(TaskError) -> (NetworkRequest?, PolicyInForce?) {
        var network = networkRequest(request, for: agent, listener)
        let (policy, warnings) = try policyInForce(for: network)
        for warning in warnings { listener.warning("warning: \(warning)") }
        let limits = configuration.gateway
        network.limits = limits.isEmpty ? nil : limits
        return (network.isEmpty && limits.isEmpty ? nil : network, policy)
    }

    private func chooseName(_ name: String?) throws(TaskError) -> TaskID {
        guard let name else { return try RandomName.free(in: store) }
        guard let id = TaskID(name) else {
            throw TaskError(
                .usage, "'\(PlainText.line(name, limit: 80))' is no task name: a to z, 0 to 9 and '-', at most 40",
                next: "task run --name fix-login …")
        }
        if store.contains(id) {
            throw TaskError(
                .noSandbox, "the name '\(id)' is taken by another task", next: "task list, or run with another --name")
        }
        return id
    }

    private func requireFreeBranch(_ id: TaskID, _ repository: Repository) async throws(TaskError) {
        switch try await repository.taskBranch(id, git: git) {
        case .absent: return
        case .exists:
            throw TaskError(
                .noSandbox, "the name '\(id)' is taken: the repository has a branch '\(id.branch)'",
                next: "run with another --name, or git branch -D \(id.branch)")
        case .blocked(let other):
            throw TaskError(
                .noSandbox, "the branch '\(id.branch)' cannot exist beside '\(PlainText.line(other))'",
                next: "git branch -m \(PlainText.line(other)) <another name>")
        }
    }

    /// The agent's variables. One that is passed on and not set comes from where the configuration says.
    private func entries(
        _ request: RunRequest, _ agent: ChosenAgent?, _ configuration: Configuration
    ) throws(TaskError) -> [EnvironmentEntry] {
        let entries = request.environment.map { entry in
            guard entry.value == nil, entry.reference == nil, environment[entry.name] == nil,
                let reference = configuration.reference(entry.name)
            else { return entry }
            return EnvironmentEntry(name: entry.name, from: reference)
        }
        try requireEnvironment(entries)
        return entries + (agent?.passed ?? [])
    }

    private func requireEnvironment(_ entries: [EnvironmentEntry]) throws(TaskError) {
        for entry in entries where entry.value == nil && entry.reference == nil && environment[entry.name] == nil {
            throw TaskError(
                .noSandbox, "the variable '\(PlainText.line(entry.name))' is to be passed on and is not set",
                next: "export \(PlainText.line(entry.name))=… and try again")
        }
    }

    private func announce(_ changes: UncommittedChanges, _ listener: RunListener) {
        if changes.isEmpty { return }
        let names = changes.names.prefix(3).map { PlainText.line($0, limit: 60) }.joined(separator: ", ")
        let more = changes.count > 3 ? ", …" : ""
        listener.notice(
            "\(changes.count) uncommitted change\(changes.count == 1 ? "" : "s") (\(names)\(more)) stay\(changes.count == 1 ? "s" : "") out of the task; commit first, or take a file along with --include <path>"
        )
    }

    private func subdirectory(of directory: String, in repository: Repository) -> String {
        guard let resolved = try? Files.resolve(directory), resolved.hasPrefix(repository.path + "/") else { return "" }
        return String(decoding: resolved.utf8.dropFirst(repository.path.utf8.count + 1), as: UTF8.self)
    }
}
