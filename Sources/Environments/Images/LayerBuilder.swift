import EngineAPI
import FoundationEssentials
import ImageLibrary
import System
import TaskModel

/// One layer in the making. It has no name until it is whole and its smoke test has passed; what it leaves when that
/// does not come about is found by a label that no other build has.
struct LayerBuilder {
    let maker: ImageMaker
    let plan: LayerPlan
    let key: String
    /// Unique to this attempt.
    let attempt = "\(UInt64.random(in: .min ... .max))"

    init(_ maker: ImageMaker, _ plan: LayerPlan, _ key: String) {
        self.maker = maker
        self.plan = plan
        self.key = key
    }

    var service: EnvironmentService { maker.service }
    var client: EngineClient { maker.service.client }

    func build() async throws(TaskError) -> ImageMaker.Found {
        let listener = maker.listener
        listener(.began(image: plan.title, reason: maker.reason(plan, key)))
        let reference = ImageRecipe.reference(plan.name, key: key, owner: service.owner)
        do throws(TaskError) {
            var digest: String?
            let id: String
            switch plan.making {
            case .packages(let packages): (id, digest) = try await make(packages)
            case .context(let context, let containerfile, let source):
                id = try await make(context, containerfile, source)
            case .text(let text):
                id = try await run(
                    spec("Containerfile"), .bytes(Archive.of([("Containerfile", Array(text.utf8))])), hint: nil)
            }
            if plan.layer == .additions { _ = try await service.requireComplete(id, user: maker.request.user) }
            try await test(id)
            guard let details = try await service.inspected(id), details.config.labels?[Label.key] == key else {
                throw TaskError(.noSandbox, "the image '\(plan.title)' was made and is not there")
            }
            try maker.checkArchitecture(details, plan.title)
            try await engine("name the image '\(reference)'") { () async throws(EngineError) in
                try await client.tagImage(id, as: reference)
            }
            var found = ImageMaker.Found(id: id, reference: reference)
            found.key = key
            found.digest = digest ?? plan.below?.digest
            found.added = plan.added ?? plan.below?.added
            (found.parents, found.parentKeys) = plan.line
            found.details = details
            try maker.records.write(record(found), plan.manifest)
            listener(.ended(image: plan.title, id: id, built: true))
            return found
        } catch {
            await removeRemains()
            throw error
        }
    }

    /// The labels of the image.
    var labels: [String: String] {
        var labels = [
            Label.key: key, Label.definition: plan.definition, Label.layer: plan.layer.rawValue,
            Label.owner: service.owner, Label.build: attempt,
        ]
        // What stands in a path could end an instruction of the classic builders, or is not worth the trouble.
        if let project = plan.project,
            !project.unicodeScalars.contains(where: { $0.value < 32 || $0 == "\"" || $0 == "\\" || $0 == "$" })
        {
            labels[Label.project] = project
        }
        labels[Label.agentVersion] = plan.agentVersion
        let parents = plan.line.keys
        if !parents.isEmpty { labels[Label.parents] = parents.joined(separator: ",") }
        labels[Label.added] = plan.added?.joined(separator: ",")
        return labels
    }

    private func record(_ found: ImageMaker.Found) -> ImageRecord {
        let former = maker.records.record(key)
        let formerIDs = former.map { [$0.id] + $0.formerIDs } ?? []
        return ImageRecord(
            key: key, id: found.id, reference: found.reference, definition: plan.definition, layer: plan.layer,
            project: plan.project, created: Int64(Date().timeIntervalSince1970), agentVersion: plan.agentVersion,
            digest: found.digest, added: found.added, parents: found.parents, parentKeys: found.parentKeys,
            formerIDs: Array(formerIDs.filter { $0 != found.id }.prefix(16)))
    }

    /// Removes what a build has left that came to nothing. The calling task may have been cancelled; this is done
    /// nevertheless.
    private func removeRemains() async {
        let (client, mark) = (client, "\(Label.build)=\(attempt)")
        await Task.detached {
            for container in (try? await client.listContainers(labels: [mark])) ?? [] {
                try? await client.removeContainer(container.id, force: true)
            }
            for image in (try? await client.listImages(labels: [mark])) ?? [] {
                try? await client.removeImage(image.id, force: true)
            }
        }.value
    }
}
