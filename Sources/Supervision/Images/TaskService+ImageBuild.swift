public import Environments
import FoundationEssentials
import ImageLibrary
import Synchronization
import System
public import TaskModel
import TaskStore
import Workspace

/// What came of a build.
public struct ImageBuild: Sendable {
    /// The image.
    public var image: Image
    /// True where something had to be built.
    public var isNew: Bool
}

extension TaskService {
    /// Builds an image ahead of time: for the project that a directory belongs to, or for none.
    ///
    /// - Throws: `TaskError`; the image that was there before stays as it was. Cancelling the Swift task ends the build.
    public func buildImage(
        _ choice: ImageChoice, in directory: String, on place: Place?, _ listener: RunListener
    ) async throws(TaskError) -> ImageBuild {
        let library = try imageLibrary(try configuration(for: directory))
        let project = try await project(of: directory)
        let request = try imageRequest(choice, project: project?.path, library: library)
        for notice in request.definition.notices { listener.notice(notice) }
        let engine = try await findEngine(place)
        return try await build(request, choice.policies, library, on: engine, listener)
    }

    /// Why the image of a choice would be built, layer by layer.
    public func reasons(
        _ choice: ImageChoice, in directory: String, on place: Place?
    ) async throws(TaskError) -> [ImageReason] {
        let library = try imageLibrary(try configuration(for: directory))
        let request = try imageRequest(choice, project: try await project(of: directory)?.path, library: library)
        let engine = try await findEngine(place)
        return try await engine.why(request, library: library)
    }

    /// Finds or makes the image of a request, with the network that the policies leave it.
    func build(
        _ request: ImageRequest, _ policies: [String], _ library: ImageLibrary, on engine: EnvironmentService,
        _ listener: RunListener
    ) async throws(TaskError) -> ImageBuild {
        let isNew = Flag()
        let told: @Sendable (BuildEvent) -> Void = { event in
            if case .ended(_, _, true) = event { isNew.set() }
            listener.build(event)
        }
        do throws(TaskError) {
            let image = try await withBuildNetwork(policies: policies, on: engine, listener: told) {
                (network) async throws(TaskError) in
                var request = request
                request.network = network
                return try await engine.image(request, library: library, listener: told)
            }
            return ImageBuild(image: image, isNew: isNew.isSet)
        } catch {
            guard Task.isCancelled else { throw error }
            throw TaskError(
                .noSandbox,
                "the build of '\(PlainText.line(request.definition.name))' was interrupted; steps that were done are "
                    + "used again, and images that were there before are as they were")
        }
    }

    /// The repository that a directory belongs to; nil where there is none all the way up. One that git refuses to use
    /// is an error.
    func project(of directory: String) async throws(TaskError) -> Repository? {
        do throws(TaskError) {
            return try await Repository.find(from: directory, git: git)
        } catch {
            var place = (try? Files.resolve(directory)) ?? directory
            while place != "/", !Files.exists("\(place)/.git") { place = Files.parent(of: place) }
            if Files.exists("\(place)/.git") { throw error }
            return nil
        }
    }

    /// Notes that a project has tasks, and with which agent. That it cannot be noted stops nothing.
    func register(_ project: Repository, agent: String?, _ listener: RunListener) {
        do throws(TaskError) {
            try ProjectRegistry(store).register(project, agent: agent, at: Date())
        } catch {
            listener.notice("the project is not remembered for task image prebuild: \(error.message)")
        }
    }
}

/// Set once, by whichever thread.
private final class Flag: Sendable {
    private let value = Mutex(false)

    func set() { value.withLock { $0 = true } }
    var isSet: Bool { value.withLock { $0 } }
}
