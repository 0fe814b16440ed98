import EngineAPI
import FoundationEssentials
import ImageLibrary
import System
import TaskModel

extension ImageMaker {
    /// The image of a layer: the recorded one, if the engine has it; else it is made. Nil only where one just looks.
    func find(_ plan: LayerPlan, _ effort: Effort) async throws(TaskError) -> Found? {
        let key = plan.manifest.key
        if let known = made[key] { return known }
        switch effort {
        case .look:
            // Whether a registry has something newer is not in the records.
            if request.pull == .always, case .packages = plan.making { return nil }
            return records.record(key).map { Found($0) }
        case .explain:
            let found = try await explained(plan, key)
            made[key] = found
            return found
        case .make: break
        }
        var found = try await isOld(plan, key) ? nil : try await recorded(plan, key)
        if found == nil {
            let began = Date().timeIntervalSince1970
            let lock = try await lock(key, plan.name)
            defer { withExtendedLifetime(lock) {} }
            // Somebody else may have made it while this one waited.
            let isOld = try await isOld(plan, key)
            if !isOld || Double(records.record(key)?.created ?? 0) > began {
                found = try await recorded(plan, key)
            }
            if found == nil {
                if !isOld { try await noteStranger(plan, key) }
                found = try await LayerBuilder(self, plan, key).build()
            }
        }
        made[key] = found
        return found
    }

    /// True where an image is to be made anew although it is there.
    private func isOld(_ plan: LayerPlan, _ key: String) async throws(TaskError) -> Bool {
        if request.rebuild { return true }
        guard request.pull == .always, case .packages(let packages) = plan.making,
            let registry = try await registryImage(packages.registry), let digest = registry.digest
        else { return false }
        return records.record(key).map { $0.digest != digest } ?? false
    }

    /// What stands in the way of using a layer as it is; where it would be made, one that stands for it.
    private func explained(_ plan: LayerPlan, _ key: String) async throws(TaskError) -> Found {
        let record = records.record(key)
        let found = try await recorded(plan, key)
        // A key that depends on an image that is not there yet is nobody's.
        let isKnown = !plan.manifest.images.values.contains(Self.unmade)
        var reason = ImageReason(layer: plan.title, key: isKnown ? key : "", isCurrent: found != nil, changes: [])
        if found == nil {
            if record != nil {
                reason.changes = ["the engine has not the image that was made"]
            } else if let last = previous(plan), let manifest = records.manifest(last.key) {
                reason.changes = plan.manifest.changes(since: manifest)
            }
        }
        reasons.append(reason)
        if let found { return found }
        return Found(id: Self.unmade, reference: ImageRecipe.reference(plan.name, key: key, owner: service.owner))
    }

    /// What stands for the id of an image that would have to be made first.
    private static let unmade = "to be made"

    private func recorded(_ plan: LayerPlan, _ key: String) async throws(TaskError) -> Found? {
        guard let record = records.record(key) else { return nil }
        return try await confirmed(Found(record))
    }

    /// Something else with the key or the name of an image is not the image.
    private func noteStranger(_ plan: LayerPlan, _ key: String) async throws(TaskError) {
        let reference = ImageRecipe.reference(plan.name, key: key, owner: service.owner)
        guard let stranger = try await service.inspected(reference) else { return }
        guard let record = records.record(key) else {
            listener(.notice("'\(reference)' is on the engine, but nobody here made it: it is made anew"))
            return
        }
        if stranger.id != record.id {
            listener(
                .notice(
                    "'\(reference)' is not the image that was made here (\(record.id.prefix(19))): it is made anew"))
        }
    }

    /// Waits for whoever makes the same image at this moment.
    private func lock(_ key: String, _ name: String) async throws(TaskError) -> FileLock {
        var isSaid = false
        while true {
            if let lock = try records.lock(key) { return lock }
            if !isSaid { listener(.progress("waiting for another build of the image '\(name)'")) }
            isSaid = true
            do {
                try await Task.sleep(for: .milliseconds(100))
            } catch {
                throw TaskError(.noSandbox, "interrupted while another build of the image '\(name)' was at work")
            }
        }
    }

    /// Why an image of this key is about to be made.
    func reason(_ plan: LayerPlan, _ key: String) -> String {
        if request.rebuild { return "asked for" }
        if records.record(key) != nil { return "the engine has it no more" }
        guard let last = previous(plan), let manifest = records.manifest(last.key) else { return "new" }
        let changes = plan.manifest.changes(since: manifest)
        let more = changes.count > 3 ? " and \(changes.count - 3) more" : ""
        return changes.prefix(3).joined(separator: ", ") + more
    }

    /// The last image that was made for the same purpose, under another key.
    func previous(_ plan: LayerPlan) -> ImageRecord? {
        records.all().first {
            $0.definition == plan.definition && $0.layer == plan.layer && $0.project == plan.project
                && $0.key != plan.manifest.key
        }
    }
}

extension ImageMaker.Found {
    init(_ record: ImageRecord) {
        self.init(id: record.id, reference: record.reference)
        key = record.key
        digest = record.digest
        added = record.added
        parents = record.parents
        parentKeys = record.parentKeys
    }
}
