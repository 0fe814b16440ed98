import Environments
import FoundationEssentials
import System
public import TaskModel
import TaskStore

/// What was removed, or would be, and what was kept.
public struct PruneReport: Sendable {
    /// Every image, those to be removed first.
    public var images: [PruneDecision.Verdict]
    /// Every cache that was looked at.
    public var caches: [PruneDecision.CacheVerdict]
    /// What could not be removed, in words for people.
    public var failures: [String]
    /// The bytes that removed images and caches had for themselves, as far as the engine tells.
    public var bytes: Int64
}

extension TaskService {
    /// Removes what nobody needs.
    ///
    /// - Parameters:
    ///   - caches: whether cache volumes are looked at, too.
    ///   - isRehearsal: true where nothing is removed.
    public func pruneImages(
        _ choice: PruneDecision.Choice, caches: Bool, isRehearsal: Bool, on place: Place?
    ) async throws(TaskError) -> PruneReport {
        let engine = try await findEngine(place)
        let records = try allRecords()
        let decision = PruneDecision(
            place: engine.place, tasks: records, now: Int64(Date().timeIntervalSince1970), choice: choice,
            projectExists: Files.isDirectory)
        let stored = try await engine.images()
        var report = PruneReport(
            images: decision.verdicts(stored), caches: [], failures: [], bytes: 0)
        if caches {
            report.caches = decision.verdicts(try await engine.caches(), mounted: mounts(records, engine.place))
        }
        for verdict in report.images where verdict.isRemoved {
            let name = PruneDecision.name(verdict.image)
            if !isRehearsal,
                let failure = await Self.attempt({ () async throws(TaskError) in
                    try await engine.removeImage(verdict.image.id)
                })
            {
                report.failures.append("'\(PlainText.line(name))' could not be removed: \(failure)")
                continue
            }
            report.bytes += PruneDecision.ownBytes(verdict.image, among: stored)
        }
        for verdict in report.caches where verdict.isRemoved {
            if !isRehearsal,
                let failure = await Self.attempt({ () async throws(TaskError) in
                    try await engine.removeCache(verdict.cache.volume)
                })
            {
                report.failures.append(
                    "the cache '\(PlainText.line(verdict.cache.volume))' could not be removed: \(failure)")
                continue
            }
            report.bytes += verdict.cache.size ?? 0
        }
        return report
    }

    /// Removes images by name. What a task in any state needs is refused, as is what other images are built on.
    ///
    /// - Parameter force: removes also what only tasks that have ended need; they cannot go on then.
    /// - Returns: the names of what was removed.
    public func removeImages(
        _ names: [String], force: Bool, on place: Place?
    ) async throws(TaskError) -> [String] {
        let engine = try await findEngine(place)
        let records = try allRecords()
        let all = try await images(on: place, sizes: false).images
        let users = PruneDecision.users(of: all.map(\.image), place: engine.place, tasks: records)
        var wanted: [StoredImage] = []
        // All that can be refused is refused before anything is removed.
        for name in names {
            let found = try Self.find(name, among: all)
            guard let first = found.first else { throw Self.unknown(name) }
            if found.count > 1 {
                let keys = found.prefix(5).map { "\($0.image.key.prefix(12))" }.joined(separator: ", ")
                throw TaskError(
                    "'\(PlainText.line(name))' means \(found.count) images, with the keys \(keys)",
                    next: "task image rm \(first.image.key.prefix(12))")
            }
            let image = first.image
            let needing = (users.direct[image.id] ?? []) + (users.below[image.id] ?? [])
            let living = needing.filter { id in
                records.contains { $0.id == id && $0.currentState.phase != .ended }
            }
            if let task = (force ? living : needing).first {
                throw TaskError(
                    "the image '\(PlainText.line(PruneDecision.name(image)))' is needed by \(PruneDecision.list(force ? living : needing))",
                    next: "task rm \(task)")
            }
            wanted.append(image)
        }
        let gone = Set(wanted.map(\.id))
        for image in wanted where !force {
            let above = all.map(\.image).first { other in
                !gone.contains(other.id) && other.parents.contains { PruneDecision.isSame($0, image.id) }
            }
            if let above {
                throw TaskError(
                    "the image '\(PlainText.line(PruneDecision.name(image)))' is what '\(PlainText.line(PruneDecision.name(above)))' is built on",
                    next: "task image rm \(above.key.prefix(12)), or --force")
            }
        }
        for image in wanted.sorted(by: { $0.parents.count > $1.parents.count }) {
            try await engine.removeImage(image.id)
        }
        return wanted.map(PruneDecision.name)
    }

    /// All tasks; one that cannot be read may need any image.
    private func allRecords() throws(TaskError) -> [TaskRecord] {
        let (records, damaged) = try list()
        if let (id, error) = damaged.first {
            throw TaskError(
                "what the task '\(id)' needs cannot be told: \(error.message)", next: "task rm --force \(id)")
        }
        return records
    }

    private static func attempt(_ body: () async throws(TaskError) -> Void) async -> String? {
        do throws(TaskError) {
            try await body()
            return nil
        } catch {
            return error.message
        }
    }
}
