import Environments
import FoundationEssentials
import ImageLibrary
import System
public import TaskModel
import TaskStore
import Workspace

/// What is to be built ahead of time.
public struct PrebuildRequest: Sendable {
    /// True for every registered project, false for the one of the directory.
    public var all = false
    /// The directory it was typed in.
    public var directory: String
    /// The agents; empty for those that the project's tasks used.
    public var agents: [String] = []
    /// What the builds' steps may reach, by the names and files of policies; empty for all that the engine lets them.
    public var policies: [String] = []
    /// The engine; nil for the first that answers.
    public var place: Place?

    /// A request.
    public init(directory: String) {
        self.directory = directory
    }
}

/// What came of it, for one project, branch and agent.
public struct PrebuildResult: Sendable {
    /// The project.
    public var project: String
    /// The default branch that it was built for; nil for the files as they lie there.
    public var branch: String?
    /// The agent; nil for none.
    public var agent: String?
    /// The image; nil where there is none.
    public var image: Image?
    /// True where something had to be built.
    public var isNew: Bool
    /// Why there is none; nil where there is.
    public var problem: TaskError?
}

extension TaskService {
    /// Builds what projects need: for the files as they are now, and for the default branch. What fails for one stops no
    /// other.
    public func prebuild(
        _ request: PrebuildRequest, _ listener: RunListener
    ) async throws(TaskError) -> [PrebuildResult] {
        let engine = try await findEngine(request.place)
        let library = try imageLibrary()
        var results: [PrebuildResult] = []
        for project in try await projects(request, listener) {
            let agents = request.agents.isEmpty ? project.agents : request.agents
            for agent in agents.isEmpty ? [nil] : agents.map(Optional.some) {
                results.append(
                    await result(project.repository, nil, agent) { () async throws(TaskError) in
                        let wanted = try imageRequest(
                            choice(agent), project: project.repository.path, library: library)
                        return try await build(wanted, request.policies, library, on: engine, listener)
                    })
                if Task.isCancelled { break }
            }
            results += await prebuildDefaultBranch(
                project.repository, agents, request.policies, library, engine, listener)
            if Task.isCancelled { throw TaskError(.noSandbox, "interrupted; what was built before stays") }
        }
        return results
    }

    private func choice(_ agent: String?) -> ImageChoice {
        var choice = ImageChoice()
        choice.agent = agent
        return choice
    }

    /// The projects that are meant; those that are gone are named and passed over.
    func projects(
        _ request: PrebuildRequest, _ listener: RunListener
    ) async throws(TaskError) -> [(repository: Repository, agents: [String])] {
        let registry = ProjectRegistry(store)
        if !request.all {
            guard let repository = try await project(of: request.directory) else {
                throw TaskError(
                    "'\(PlainText.line(request.directory))' is in no git repository",
                    next: "cd to a project, or task image prebuild --all")
            }
            register(repository, agent: nil, listener)
            let known = try registry.projects().first { $0.path == repository.path }
            return [(repository, known?.agents ?? [])]
        }
        var found: [(repository: Repository, agents: [String])] = []
        for project in try registry.projects() {
            guard Files.isDirectory(project.path) else {
                listener.notice("the project '\(PlainText.line(project.path))' is gone; it is passed over")
                continue
            }
            do throws(TaskError) {
                found.append((try await Repository.find(from: project.path, git: git), project.agents))
            } catch {
                listener.notice(
                    "the project '\(PlainText.line(project.path))' is passed over: \(error.message)")
            }
        }
        return found
    }

    /// Builds from the files of the default branch's commit, which are written to a directory of ours for as long as it
    /// takes: the user's checkout is not touched.
    private func prebuildDefaultBranch(
        _ repository: Repository, _ agents: [String], _ policies: [String], _ library: ImageLibrary,
        _ engine: EnvironmentService, _ listener: RunListener
    ) async -> [PrebuildResult] {
        let base: Base?
        do throws(TaskError) {
            base = try await repository.defaultBranch(git: git)
        } catch {
            return [PrebuildResult(project: repository.path, branch: "?", isNew: false, problem: error)]
        }
        guard let base, !Task.isCancelled else { return [] }
        let name = base.reference.split(separator: "/").dropFirst(2).joined(separator: "/")
        var results: [PrebuildResult] = []
        for agent in agents.isEmpty ? [nil] : agents.map(Optional.some) {
            results.append(
                await result(repository, name, agent) { () async throws(TaskError) in
                    let files = try BranchDirectory(store, repository)
                    defer { files.remove() }
                    try await write(base, of: repository, into: files.path, library)
                    var request = try imageRequest(choice(agent), project: files.path, library: library)
                    request.project = repository.path
                    return try await build(request, policies, library, on: engine, listener)
                })
            if Task.isCancelled { break }
        }
        return results
    }

    /// The definition's own files first; all files only where the definition needs others.
    private func write(
        _ base: Base, of repository: Repository, into directory: String, _ library: ImageLibrary
    ) async throws(TaskError) {
        let own = [".task", ".devcontainer", ".devcontainer.json"]
        guard try await repository.writeFiles(of: base.commit, own, into: directory, git: git) else { return }
        do throws(TaskError) {
            guard let definition = try library.definition(ofProject: directory) else { return }
            let places = [definition.build?.context, definition.build?.containerfile].compactMap { $0 }
            let isComplete = places.allSatisfy { place in
                own.prefix(2).contains { place.hasPrefix("\(directory)/\($0)/") }
            }
            if isComplete { return }
        } catch {
            // Perhaps it names a file that was not written.
        }
        _ = try await repository.writeFiles(of: base.commit, [], into: directory, git: git)
    }

    private func result(
        _ repository: Repository, _ branch: String?, _ agent: String?,
        _ body: () async throws(TaskError) -> ImageBuild
    ) async -> PrebuildResult {
        do throws(TaskError) {
            let build = try await body()
            return PrebuildResult(
                project: repository.path, branch: branch, agent: agent, image: build.image, isNew: build.isNew)
        } catch {
            return PrebuildResult(project: repository.path, branch: branch, agent: agent, isNew: false, problem: error)
        }
    }
}

/// A directory for the files of one project's branch: always the same, so that what is remembered of its files is of
/// use, and one process's at a time.
private struct BranchDirectory {
    let path: String
    private let lock: FileLock

    init(_ store: TaskStore, _ repository: Repository) throws(TaskError) {
        let name = String(SHA256.hex(repository.path.utf8).prefix(16))
        let folder = "\(store.root)/images/branches"
        do {
            try Files.makeDirectory(folder)
            // Definitions name their files with every link resolved.
            path = "\(try Files.resolve(folder))/\(name)"
            guard let lock = try FileLock.take("\(folder)/\(name).lock", waitingMilliseconds: 1000) else {
                throw TaskError(
                    "another process builds for the default branch of '\(PlainText.line(repository.path))'",
                    next: "wait for it")
            }
            self.lock = lock
            // What a process left that was killed.
            if Files.exists(path) { try FileTree.remove(path) }
            try Files.makeDirectory(path)
        } catch {
            throw error as? TaskError ?? TaskError("cannot make a directory for a branch: \(error)")
        }
    }

    func remove() { try? FileTree.remove(path) }
}
