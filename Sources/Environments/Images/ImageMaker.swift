import EngineAPI
import ImageLibrary
import System
import TaskModel

/// One request for an image on its way: from the definitions to the keys, from those to images that exist, or are made
/// now. What was found out on the way is kept, so that nothing is asked or read twice.
final class ImageMaker {
    /// How far one may go to find an image.
    enum Effort {
        /// Reads records and files; a layer without a record ends it with nil. The engine is asked for what is not ours.
        case look
        /// Asks the engine for every layer, and makes what is missing.
        case make
        /// Asks the engine for every layer, makes nothing, and notes why it would.
        case explain
    }

    /// An image that was found, or that its record says is there.
    struct Found {
        var id: String
        var reference: String
        var key: String?
        var digest: String?
        var added: [String]?
        /// The ids below it, the nearest first, and the keys of those of ours.
        var parents: [String] = []
        var parentKeys: [String] = []
        /// What the engine says of it; nil where it was not asked.
        var details: ImageDetails?

        /// What an image on top of this one has below it.
        var line: (ids: [String], keys: [String]) { ([id] + parents, (key.map { [$0] } ?? []) + parentKeys) }
    }

    /// A registry's image that packages go on.
    struct RegistryImage {
        var name: String
        var digest: String?
    }

    let service: EnvironmentService
    let request: ImageRequest
    let library: ImageLibrary
    let records: ImageRecords
    let listener: @Sendable (BuildEvent) -> Void
    let host: HostRelease
    /// Layers that are there, by their keys.
    var made: [String: Found] = [:]
    var references: [String: Found] = [:]
    /// The name of the agent's account in the image.
    var account: String?
    var contexts: [String: BuildContext] = [:]
    /// Registries' images that packages go on; nil where no registry has it or answers.
    var registryImages: [String: RegistryImage?] = [:]
    /// What was found out about each layer, where that was asked.
    var reasons: [ImageReason] = []

    init(
        _ service: EnvironmentService, _ request: ImageRequest, _ library: ImageLibrary,
        _ listener: @escaping @Sendable (BuildEvent) -> Void
    ) throws(TaskError) {
        self.service = service
        self.request = request
        self.library = library
        self.listener = listener
        records = ImageRecords(stateRoot: service.stateRoot, place: service.place) { listener(.notice($0)) }
        host = try HostRelease.read()
    }

    /// The image of the request.
    func image() async throws(TaskError) -> Image {
        if !request.rebuild, let found = try await glance() { return result(found) }
        made = [:]
        guard let found = try await top(.make) else { throw TaskError(.noSandbox, "no image was made") }
        return result(found)
    }

    /// What records say, confirmed by the engine for the last layer alone: an image keeps those below it alive.
    private func glance() async throws(TaskError) -> Found? {
        guard let found = try await top(.look) else { return nil }
        return try await confirmed(found)
    }

    /// The layers from the bottom up; the last one is returned. Nil only where one just looks.
    func top(_ effort: Effort) async throws(TaskError) -> Found? {
        guard let environment = try await layer(of: request.definition, effort),
            let complete = try await withAdditions(environment, effort)
        else { return nil }
        guard let agent = request.agent else { return complete }
        return try await layer(of: agent, effort, on: complete)
    }

    private func result(_ found: Found) -> Image {
        let isOurs = request.definition.origin != .reference
        var image = Image(
            reference: found.reference, id: found.id, key: found.key,
            definition: isOurs ? request.definition.name : nil,
            environment: found.details?.config.environment ?? [])
        if let agent = request.agent, let key = found.key {
            image.agent = ImageAgent(name: agent.name, version: request.agentVersion, key: key)
        }
        image.engine = service.place
        image.digest = found.digest
        image.added = found.added
        image.user = account
        // Images that are built on a snapshot have its label, too.
        image.seed = found.details?.config.labels?[Label.snapshot] == nil ? nil : true
        return image
    }

    /// The image as the engine has it; nil where it is not there, or is not the one that was made.
    func confirmed(_ found: Found) async throws(TaskError) -> Found? {
        if found.details != nil { return found }
        guard let details = try await service.inspected(found.id) else { return nil }
        guard found.key == nil || details.config.labels?[Label.key] == found.key else { return nil }
        var found = found
        found.details = details
        return found
    }
}

extension EnvironmentService {
    /// What the engine knows of an image; nil where it has none of the name or id.
    func inspected(_ reference: String) async throws(TaskError) -> ImageDetails? {
        do throws(EngineError) {
            return try await client.inspectImage(reference)
        } catch {
            if error.isNotFound { return nil }
            throw error.asTaskError("inspect the image '\(PlainText.line(reference, limit: 300))'")
        }
    }
}
