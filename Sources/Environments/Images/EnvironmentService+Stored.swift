import EngineAPI
import System
public import TaskModel

extension EnvironmentService {
    /// All images of this user's that are on the engine.
    ///
    /// - Parameter sizes: whether the engine counts what images share, which can take it seconds.
    public func images(sizes: Bool = true) async throws(TaskError) -> [StoredImage] {
        let listed = try await engine("list the images") { () async throws(EngineError) in
            try await client.listImages(labels: [Label.layer])
        }
        let usage = sizes ? try await usage() : nil
        let records = ImageRecords(stateRoot: stateRoot, place: place)
        let known = records.all()
        let byID = Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let former = Dictionary(
            known.flatMap { record in record.formerIDs.map { ($0, record) } }, uniquingKeysWith: { first, _ in first })
        return listed.compactMap { image in
            let record = byID[image.id]
            guard record != nil || former[image.id] != nil || isOurs(image) else { return nil }
            var stored = StoredImage(image, record ?? former[image.id])
            if record == nil, former[image.id] == nil, stored.layer != ImageLayer.snapshot.rawValue {
                stored.isForeign = true
            }
            stored.lastUsed = record.flatMap { records.lastUse($0.key) }
            if let counted = usage?.images[image.id] {
                stored.size = counted.size
                stored.sharedSize = counted.shared
            }
            return stored
        }
    }

    /// Labels are inherited: an image that somebody built on one of ours has them as well, and is not ours. One of ours has
    /// a name of ours, or none because it was never finished.
    private func isOurs(_ image: ImageSummary) -> Bool {
        guard image.labels[Label.owner] == owner else { return false }
        if image.labels[Label.layer] == ImageLayer.snapshot.rawValue { return true }
        return image.tags.isEmpty
            || image.tags.contains { $0.hasPrefix("localhost/task-") && $0.hasSuffix("-\(owner.prefix(6))") }
    }

    /// Removes an image; what was recorded of it goes, too. Names that others have given it stay, and it with them.
    public func removeImage(_ id: String) async throws(TaskError) {
        guard let details = try await inspected(id) else {
            throw TaskError("there is no image '\(PlainText.line(id))'")
        }
        let records = ImageRecords(stateRoot: stateRoot, place: place)
        let ours = details.tags.filter { $0.hasPrefix("localhost/task-") }
        let names = details.tags.isEmpty ? [details.id] : ours
        guard !names.isEmpty else {
            throw TaskError(
                "the image '\(PlainText.line(id))' is not one of task's", next: "\(place.rawValue) rmi \(details.id)")
        }
        for name in names {
            do throws(EngineError) {
                do throws(EngineError) {
                    try await client.removeImage(name)
                } catch {
                    guard error.isConflict, (try? await removeForsaken()) != nil else { throw error }
                    try await client.removeImage(name)
                }
            } catch {
                if error.isNotFound { continue }
                if error.isConflict {
                    throw TaskError(
                        "the image '\(PlainText.line(id))' is used by a container: \(error)", next: "task list")
                }
                throw error.asTaskError("remove the image '\(PlainText.line(id))'", kind: .failed)
            }
        }
        for record in records.all() where record.id == details.id { try records.remove(record.key) }
    }

    /// How much there is of what, as the engine counts it.
    func usage() async throws(TaskError) -> DiskUsage {
        try await engine("count what the engine's disk is used for") { () async throws(EngineError) in
            try await client.diskUsage()
        }
    }
}

extension StoredImage {
    fileprivate init(_ image: ImageSummary, _ record: ImageRecord?) {
        id = image.id
        reference = image.tags.first { $0 == record?.reference } ?? image.tags.first ?? ""
        definition = record?.definition ?? image.labels[Label.definition] ?? ""
        layer = record?.layer.rawValue ?? image.labels[Label.layer] ?? ""
        key = record?.key ?? image.labels[Label.key] ?? ""
        project = record?.project ?? image.labels[Label.project]
        agentVersion = record?.agentVersion ?? image.labels[Label.agentVersion]
        created = record?.created ?? image.created ?? 0
        size = image.size ?? 0
        sharedSize = 0
        isForeign = false
        parents = record?.parents ?? []
    }
}
