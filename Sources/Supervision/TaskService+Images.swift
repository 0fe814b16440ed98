import Environments
import ImageLibrary
import System
import TaskModel
import TaskStore

extension TaskService {
    /// The engine that a command names, else the configured one, else the first that answers.
    func findEngine(_ place: Place?) async throws(TaskError) -> EnvironmentService {
        let wanted = if let place { Optional(place) } else { try configuration(for: nil).engine }
        return try await EnvironmentService.find(wanted, stateRoot: store.root)
    }

    /// The definitions that can be named here.
    ///
    /// - Parameter configuration: the one in force; nil for the user's alone.
    func imageLibrary(_ configuration: Configuration? = nil) throws(TaskError) -> ImageLibrary {
        let directories = Directories(environment: environment)
        let configuration = if let configuration { configuration } else { try self.configuration(for: nil) }
        return ImageLibrary(
            installed: try Installation.find().images, configuration: directories.configuration,
            allowed: configuration.devcontainer, environment: environment)
    }

    /// What a choice means for a project (the top of a working tree), or for none.
    ///
    /// A name is a definition's where there is one, else a reference. Without a name it is the project's own definition,
    /// else what the agent's definition builds on, else the base image.
    func imageRequest(
        _ choice: ImageChoice, project: String?, library: ImageLibrary
    ) throws(TaskError) -> ImageRequest {
        var agent: ImageDefinition?
        if let name = choice.agent {
            _ = try library.agent(name)
            agent = try library.definition(name)
        }
        var environment: ImageDefinition
        if let name = choice.image {
            environment =
                library.contains(name)
                ? try library.definition(name)
                : ImageDefinition(name: name, origin: .reference, base: .reference(name))
        } else if let project, let own = try library.definition(ofProject: project) {
            environment = own
        } else if let agent {
            environment = try base(of: agent, library)
        } else {
            environment = try library.definition("base")
        }
        // An agent's definition, named as an image, is its layer on what it builds on.
        if agent == nil, environment.agent == environment.name {
            agent = environment
            environment = try base(of: environment, library)
        }
        var request = ImageRequest(environment, agent: agent)
        request.project = project
        request.pull = choice.pull
        request.rebuild = choice.rebuild
        request.callerEnvironment = self.environment
        if let agent, let release = try library.agent(agent.name).release {
            request.agentVersion = try chosenVersion(of: agent.name) ?? agent.build?.arguments[release.argument]
            if let version = request.agentVersion {
                request.agent?.build?.arguments[release.argument] = version
            }
        }
        return request
    }

    private func base(of agent: ImageDefinition, _ library: ImageLibrary) throws(TaskError) -> ImageDefinition {
        switch agent.base {
        case .definition(let name): return try library.definition(name)
        case .reference(let name): return ImageDefinition(name: name, origin: .reference, base: agent.base)
        case .packages, .containerfile:
            throw TaskError("the definition of the agent '\(agent.name)' names no image as its base")
        }
    }

    /// The version of an agent that the user chose instead of its definition's; nil for none.
    func chosenVersion(of agent: String) throws(TaskError) -> String? {
        try AgentVersions(store).version(of: agent)
    }
}
