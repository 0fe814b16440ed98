import Environments
import Gateway
import Glibc
import GuestProtocol
import NetworkPolicy
import System
import TaskModel
import TaskStore
import Workspace

/// The life of one task: makes its sandbox, launches the agent, serves the user's commands, brings the work home and
/// takes the sandbox down. All that a successor needs to go on is in the task's directory at every moment.
actor Supervisor {
    /// What can happen while a task runs.
    enum Happening: Sendable {
        /// Something from the guest.
        case guest(GuestLink.Notice)
        /// A wait that `deadline(_:)` began is over.
        case deadline(Int)
        /// The task's time is over.
        case timeUp
        /// It is time to look whether the agent has committed.
        case poll
        /// It is time to look whether the agent waits.
        case look
        /// The container does not run any more.
        case containerEnded(reason: String)
    }

    let store: TaskStore
    let directory: TaskDirectory
    let inputs: TaskInputs
    let installation: Installation
    let callerEnvironment: [String: String]
    /// Values of variables that were given by reference; they are written nowhere.
    let secrets: [String: String]
    let reporter = StartReporter()
    let git: Git
    let link: GuestLink
    let server: ControlServer
    let mailbox: AsyncStream<Happening>
    let post: AsyncStream<Happening>.Continuation
    let denied: DeniedFile

    /// What the sandbox may reach.
    var policy = NetworkPolicy.none
    /// The TCP ports that the guest listens on.
    var openPorts: Set<UInt16> = []
    var record: TaskRecord
    var events: EventLog
    var gateway: Gateway?
    var reporting: Reporting?
    /// What kinds of network decisions are no longer noted, because there were too many.
    var unnotedKinds: Set<String> = []
    /// How many events could not be written since the last that could.
    var lostEvents = 0
    var service: (any SandboxProvider)?
    var deadlines = 0
    /// True once the agent runs, or only bringing home is left.
    var hasArrived = false
    /// Why the agent is made to end, once it is.
    var demand: Ending?
    var lastPolledHead: String?
    /// What is known of whether the agent waits; nil where there is no sign for it.
    var waiting: WaitingWatch?
    var exporting: Task<Void, any Error>?
    var endWaiters: [CheckedContinuation<Void, Never>] = []

    private let lock: FileLock

    init(
        _ id: TaskID, store: TaskStore, environment: [String: String], secrets: [String: String], lock: FileLock
    ) throws(TaskError) {
        self.secrets = secrets
        self.store = store
        self.lock = lock
        directory = store.directory(id)
        callerEnvironment = environment
        git = Git(environment: environment)
        installation = try Installation.find()
        inputs = try directory.readInputs()
        record = try directory.readRecord()
        events = try EventLog(directory)
        denied = DeniedFile(directory)
        (mailbox, post) = AsyncStream.makeStream(of: Happening.self)
        let post = post
        link = try GuestLink(path: directory.controlSocket) { post.yield(.guest($0)) }
        server = try ControlServer(path: directory.supervisorSocket)
    }

    /// Everything from here to the task's end.
    ///
    /// - Returns: the supervisor's own exit code.
    func supervise(_ errand: SupervisorErrand) async -> Int32 {
        policy = policyOnRecord()
        link.open()
        let starting = Task { try await self.arrive(errand) }
        let signals = SignalWatch([SIGTERM, SIGINT, SIGHUP]) { [weak self] in
            guard let self else { return }
            Task { await self.interrupted(starting, errand) }
        }
        defer { withExtendedLifetime(signals) {} }
        do {
            try await starting.value
            hasArrived = true
        } catch {
            let failure = error as? TaskError ?? TaskError(.noSandbox, "interrupted: what was begun has been undone")
            await undo(errand, because: failure)
            await leave()
            reporter.report(.failure(failure))
            return failure.exitCode
        }
        reporter.close()
        serveCommands()
        if record.currentState.phase == .running {
            let ending = await watch()
            await conclude(ending)
        }
        await bringHome()
        await leave()
        return 0
    }

    /// Gets to where the agent runs, or to where only bringing home is left.
    private func arrive(_ errand: SupervisorErrand) async throws(TaskError) {
        if errand != .recover { return try await begin() }
        switch record.currentState.phase {
        case .preparing:
            let reason = "its supervisor died while it was being prepared"
            await conclude(.failed(reason: reason))
        case .running: await adopt()
        case .ending, .ended: break
        }
        reporter.report(.started)
    }

    /// A signal: until the agent runs, what was begun is undone. Later it only ends this process, with all connections
    /// noted that end with it: the agent goes on, and the next command starts a successor.
    private func interrupted(_ starting: Task<Void, any Error>, _ errand: SupervisorErrand) async {
        if hasArrived || errand == .recover {
            closeGateway()
            await finishReporting()
            exit(0)
        } else {
            starting.cancel()
        }
    }

    /// Takes back a start that failed. A new task vanishes; one that was to go on is as it was.
    private func undo(_ errand: SupervisorErrand, because failure: TaskError) async {
        link.refuseAll()
        if let service {
            try? await service.remove(service.containerName(inputs.id, .agent))
        }
        if errand == .start {
            try? store.remove(inputs.id)
        } else {
            await conclude(.failed(reason: failure.message))
            record.currentState.phase = .ended
            try? save()
        }
    }

    /// The last that is done: the socket's absence says that no successor is needed.
    private func leave() async {
        try? Files.remove(directory.supervisorSocket)
        await server.drain()
    }

    /// Writes down what is true now.
    func save() throws(TaskError) {
        record.sequence += 1
        try directory.write(record)
    }

    /// Notes an event. That the disk is full is no reason to let go of the agent; but the agent may have filled it so
    /// that something is not noted, and that is noted as soon as there is room.
    func note(_ name: TaskEvent.Name, _ data: [String: TaskEvent.Value] = [:]) {
        do throws(TaskError) {
            if lostEvents > 0 {
                try events.append(.eventsLost, ["count": .number(lostEvents)])
                lostEvents = 0
            }
            try events.append(name, data)
        } catch {
            lostEvents += 1
            // The log of complaints is on the same disk.
            if lostEvents == 1 { complain("\(error)") }
        }
    }

    /// Writes a line to the supervisor's own log.
    func complain(_ text: String) {
        let line = Array("\(PlainText.line(text))\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// The place that the task was made for.
    func requireService() throws(TaskError) -> any SandboxProvider {
        if let service { return service }
        let found = try record.currentState.provider(
            for: directory, stateRoot: store.root, guest: installation.guest, environment: callerEnvironment)
        service = found
        return found
    }

    var planner: SandboxPlanner {
        SandboxPlanner(
            inputs: inputs, directory: directory, mirrorObjects: mirror.objects, guest: installation.guest,
            seccomp: installation.seccomp, user: agentUser)
    }

    /// True where a container is between the agent and the host.
    var isIsolated: Bool { inputs.place.capabilities.contains(.isolation) }
    var agentUser: AgentUser { isIsolated ? .current : .caller }

    var mirror: Mirror { Mirror(stateDirectory: store.root, repository: inputs.repository) }
    var results: ResultStore {
        ResultStore(
            taskDirectory: directory.path, base: inputs.base, objectFormat: inputs.repository.objectFormat)
    }

    /// Begins a wait; `Happening.deadline` with this number says that it is over.
    func deadline(after duration: Duration) -> Int {
        deadlines += 1
        let number = deadlines
        let post = post
        Task {
            try? await Task.sleep(for: duration)
            post.yield(.deadline(number))
        }
        return number
    }
}

extension CurrentState {
    /// What the task's place needs to be asked for its container.
    func provider(
        for directory: TaskDirectory, stateRoot: String, guest: String, environment: [String: String]
    ) throws(TaskError) -> any SandboxProvider {
        guard place.capabilities.contains(.isolation) else {
            return LocalPlace(
                guest: guest, control: directory.control, stateRoot: stateRoot,
                searchPath: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
        }
        guard let socket else { throw TaskError(.noSandbox, "the task '\(directory.id)' has no engine") }
        return try EnvironmentService(place: place, socket: socket, stateRoot: stateRoot)
    }
}
