public import Environments
import FoundationEssentials
public import ImageLibrary
import System
public import TaskModel
import TaskStore

/// An image with the tasks that need it.
public struct ListedImage: Sendable {
    /// The image.
    public var image: StoredImage
    /// The tasks that run from it.
    public var tasks: [TaskID]
    /// True where `task image prune` would remove it.
    public var isOld: Bool
}

/// A cache with the tasks that mount it.
public struct ListedCache: Sendable {
    /// The cache.
    public var cache: StoredCache
    /// The tasks that mount it.
    public var tasks: [TaskID]
}

/// What there is to run tasks in.
public struct ImageInventory: Sendable {
    /// Definitions that can be named.
    public var definitions: [NamedDefinition]
    /// Images on the engine, the newest first.
    public var images: [ListedImage]
    /// Cache volumes on the engine.
    public var caches: [ListedCache]
}

/// Everything about one image or definition.
public struct ImageReport: Sendable {
    /// What was asked for.
    public var name: String
    /// The definition; nil where it is gone or cannot be read.
    public var definition: ImageDefinition?
    /// The file or directory that it is in; nil for a reference.
    public var source: String?
    /// The image; nil where none was built.
    public var image: ListedImage?
    /// What it is built on, the nearest first; ids alone where the images are not of this program.
    public var chain: [StoredImage]
    /// As a task that runs from it has it on record; nil where none does.
    public var record: Image?
}

extension TaskService {
    /// The definitions that can be named, without a look at any engine.
    public func imageDefinitions() throws(TaskError) -> [NamedDefinition] { try imageLibrary().names() }

    /// All definitions, images and caches.
    ///
    /// - Parameter sizes: whether the engine counts what images share, which can take it seconds.
    public func images(on place: Place?, sizes: Bool = true) async throws(TaskError) -> ImageInventory {
        let engine = try await findEngine(place)
        let stored = try await engine.images(sizes: sizes)
        let records = try list().records
        let decision = PruneDecision(
            place: engine.place, tasks: records, now: Int64(Date().timeIntervalSince1970), choice: .init(),
            projectExists: Files.isDirectory)
        let old = Set(decision.verdicts(stored).filter(\.isRemoved).map(\.image.id))
        let users = PruneDecision.users(of: stored, place: engine.place, tasks: records).direct
        let mounted = mounts(records, engine.place)
        return ImageInventory(
            definitions: try imageLibrary().names(),
            // Of those made in one second, the topmost is the last that was made.
            images: stored.sorted {
                ($1.created, $1.parents.count, $1.id) < ($0.created, $0.parents.count, $0.id)
            }.map {
                ListedImage(image: $0, tasks: users[$0.id] ?? [], isOld: old.contains($0.id))
            },
            caches: try await engine.caches().map { ListedCache(cache: $0, tasks: mounted[$0.volume] ?? []) })
    }

    /// Everything about an image or definition.
    public func imageReport(_ name: String, in directory: String, on place: Place?) async throws(TaskError)
        -> ImageReport
    {
        let library = try imageLibrary()
        var definition: ImageDefinition?
        if library.contains(name) {
            definition = try library.definition(name)
        } else if name == "project", let project = try await project(of: directory) {
            definition = try library.definition(ofProject: project.path)
        }
        let all = try await images(on: place).images
        let project = definition?.name == "project" ? try await self.project(of: directory)?.path : nil
        let found = try Self.find(name, among: all.filter { project == nil || $0.image.project == project })
        guard definition != nil || !found.isEmpty else { throw Self.unknown(name) }
        let image = found.first
        let chain = image?.image.parents.compactMap { parent in
            all.first { PruneDecision.isSame($0.image.id, parent) }?.image
        }
        let record = try list().records.first { record in
            image.map { $0.tasks.contains(record.id) } ?? false
        }?.currentState.image
        if definition == nil, let name = image?.image.definition, library.contains(name) {
            definition = try? library.definition(name)
        }
        return ImageReport(
            name: name, definition: definition, source: definition.flatMap(Self.source), image: image,
            chain: chain ?? [], record: record)
    }

    private static func source(_ definition: ImageDefinition) -> String? {
        switch definition.origin {
        case .library(let path), .project(let path), .devcontainer(let path): path
        case .reference: nil
        }
    }

    /// The images that a name means, the newest first: a reference, a definition, the beginning of an id or key.
    static func find(_ name: String, among images: [ListedImage]) throws(TaskError) -> [ListedImage] {
        let exact = images.filter { [name, "localhost/\(name)"].contains($0.image.reference) }
        if !exact.isEmpty { return exact }
        let defined = images.filter { $0.image.definition == name }
        if !defined.isEmpty { return defined }
        let digits = name.hasPrefix("sha256:") ? String(name.dropFirst(7)) : name
        guard digits.utf8.count >= 6,
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return [] }
        let begun = images.filter { entry in
            let id = entry.image.id.hasPrefix("sha256:") ? String(entry.image.id.dropFirst(7)) : entry.image.id
            return id.hasPrefix(digits) || entry.image.key.hasPrefix(digits)
        }
        if Set(begun.map(\.image.id)).count > 1 {
            throw TaskError(
                "'\(name)' is the beginning of \(begun.count) images' ids or keys", next: "task image list --all")
        }
        return begun
    }

    static func unknown(_ name: String) -> TaskError {
        TaskError("there is no image and no definition '\(PlainText.line(name, limit: 100))'", next: "task image list")
    }

    /// Which tasks mount which engine volume.
    func mounts(_ records: [TaskRecord], _ place: Place) -> [String: [TaskID]] {
        var mounted: [String: [TaskID]] = [:]
        for record in records where record.currentState.place == place {
            let inputs = try? store.directory(record.id).readInputs()
            let volumes = record.currentState.volumes + (inputs?.equipment?.volumes ?? [])
            for volume in Set(volumes.filter { $0.isNamed == true }.map(\.source)) {
                mounted[volume, default: []].append(record.id)
            }
        }
        return mounted
    }
}
