import Environments
import FoundationEssentials
import ImageLibrary
import Synchronization
import System
public import TaskModel
import TaskStore
import Workspace

extension TaskService {
    /// How long what takes its time is waited for: the rest is shown without it.
    private static let patience = Duration.seconds(1)

    /// What tasks of the project around a directory would run with; nil outside of any. The project is registered.
    public func overview(of directory: String, on place: Place? = nil) async throws(TaskError) -> Overview? {
        guard let repository = try await project(of: directory) else { return nil }
        let configuration = try configuration(for: directory)
        let library = try imageLibrary(configuration)
        let registry = ProjectRegistry(store)
        let isNew = try registry.register(repository, agent: nil, at: Date())
        async let search = engineFinding(place ?? configuration.engine)
        // Reading a large working tree may take longer than anybody waits for this.
        async let changes = within(Self.patience) { [git] in try? await repository.uncommittedChanges(git: git) }
        let agents = try library.names().filter(\.isAgent).map { finding(of: $0, library, configuration) }
        let agent = Self.likeliest(agents, configured: configuration.agent)
        let engine = await search
        var overview = Overview(
            project: try registry.project(repository.path), engine: engine,
            image: await image(for: agent, repository.path, engine, library, configuration))
        overview.isNew = isNew
        overview.agents = agents
        overview.agent = agent
        overview.isAgentConfigured = agent != nil && agent?.name == configuration.agent
        overview.agentPolicies = agent.flatMap { try? library.agent($0.name).policies } ?? []
        overview.policies = configuration.policies
        overview.uncommitted = await changes?.count
        return overview
    }

    private func finding(
        of agent: NamedDefinition, _ library: ImageLibrary, _ configuration: Configuration
    ) -> AgentFinding {
        var finding = AgentFinding(
            name: agent.name, purpose: agent.purpose ?? "", found: [], needs: [], problem: agent.problem)
        guard let definition = try? library.agent(agent.name) else { return finding }
        finding.purpose = definition.purpose
        // One that sets its own needs none of the user's.
        if definition.environment.keys.contains(where: definition.credentials.contains) { return finding }
        finding.needs = definition.credentials
        finding.found = passed(by: definition, configuration).filter { definition.credentials.contains($0.name) }
            .map { entry in entry.reference.map { "\(entry.name), \($0)" } ?? entry.name }
        return finding
    }

    /// The configured one; else the first that has all it needs, else the first.
    private static func likeliest(_ agents: [AgentFinding], configured: String?) -> AgentFinding? {
        if let configured { return agents.first { $0.name == configured } }
        return agents.first { $0.isReady && !$0.needs.isEmpty } ?? agents.first { $0.problem == nil }
    }

    private func image(
        for agent: AgentFinding?, _ project: String, _ engine: EngineFinding, _ library: ImageLibrary,
        _ configuration: Configuration
    ) async -> ImageFinding {
        var choice = ImageChoice()
        choice.image = configuration.image
        choice.agent = agent?.problem == nil ? agent?.name : nil
        let request: ImageRequest
        do throws(TaskError) {
            request = try imageRequest(choice, project: project, library: library)
        } catch {
            return ImageFinding(name: configuration.image ?? "project", reason: "", state: .unusable(error.message))
        }
        var finding = ImageFinding(
            name: request.definition.name, reason: reason(request.definition.origin, choice), state: .unknown)
        if let agent = request.agent { finding.name += " with \(agent.name)" }
        guard let place = engine.place, let socket = engine.socket,
            let service = try? EnvironmentService(place: place, socket: socket, stateRoot: store.root)
        else { return finding }
        let reasons = await within(Self.patience) { try? await service.why(request, library: library) }
        if let reasons { finding.state = reasons.allSatisfy(\.isCurrent) ? .ready : .toBuild }
        return finding
    }

    private func reason(_ origin: ImageDefinition.Origin, _ choice: ImageChoice) -> String {
        if choice.image != nil { return "as is configured" }
        switch origin {
        case .project: return "from .task/image"
        case .devcontainer: return "from devcontainer.json"
        case .library, .reference:
            return "as the project has none"
        }
    }
}

/// The result of some work, or nil where it takes longer; then it goes on in vain.
private func within<Value: Sendable>(
    _ duration: Duration, _ work: @escaping @Sendable () async -> Value?
) async -> Value? {
    await withCheckedContinuation { continuation in
        let answer = Answer(continuation)
        Task { answer.give(await work()) }
        Task {
            try? await Task.sleep(for: duration)
            answer.give(nil)
        }
    }
}

/// The first answer counts.
private final class Answer<Value: Sendable>: Sendable {
    private let waiting: Mutex<CheckedContinuation<Value?, Never>?>

    init(_ waiting: CheckedContinuation<Value?, Never>) {
        self.waiting = Mutex(waiting)
    }

    func give(_ value: Value?) {
        let first = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        first?.resume(returning: value)
    }
}
