import EngineAPI
import FoundationEssentials
public import ImageLibrary
import System
public import TaskModel

extension EnvironmentService {
    /// The cache volumes of a definition, for a project and a user inside. They are made when they are first mounted.
    public func cacheVolumes(for definition: ImageDefinition, project: String, user: AgentUser) -> [Volume] {
        var volumes: [Volume] = []
        for cache in definition.caches {
            let labels = [
                Label.owner: owner, Label.cache: cache.name, Label.project: project, Label.user: "\(user.user)",
            ]
            // Of two at one place the later one counts: that of the definition that was built on the other's.
            volumes.removeAll { $0.target == cache.path }
            volumes.append(
                Volume(
                    .cache, source: cacheVolumeName(cache.name, project: project, user: user.user), target: cache.path,
                    readOnly: false, isNamed: true, labels: labels))
        }
        return volumes
    }

    /// Makes what is not there yet of the volumes that carry labels: an engine would make it without them.
    func makeVolumes(_ volumes: [Volume]) async throws(TaskError) {
        for volume in volumes {
            guard let labels = volume.labels else { continue }
            let name = volume.source
            let details = try await engine("make the cache volume '\(name)'") { () async throws(EngineError) in
                try await client.createVolume(name, labels: labels)
            }
            // Podman and Docker give back what there is of that name, whoever made it.
            guard labels.allSatisfy({ details.labels?[$0] == $1 }) else {
                let cache = labels[Label.cache] ?? "", project = PlainText.line(labels[Label.project] ?? "")
                throw TaskError(
                    .noSandbox, "the volume '\(name)' is not the cache '\(cache)' of '\(project)'",
                    next: "\(place.rawValue) volume rm \(name)")
            }
        }
    }

    /// One for each project, user inside, and state directory.
    func cacheVolumeName(_ cache: String, project: String, user: UInt32) -> String {
        "task-cache-\(ImageRecipe.plain(cache))-\(SHA256.hex("\(owner)\n\(project)\n\(user)".utf8).prefix(12))"
    }

    /// All cache volumes of this user's that are on the engine.
    ///
    /// - Parameter sizes: whether the engine counts their bytes, which can take it seconds.
    public func caches(sizes: Bool = true) async throws(TaskError) -> [StoredCache] {
        let listed = try await engine("list the volumes") { () async throws(EngineError) in
            try await client.listVolumes(labels: [Label.cache])
        }
        // Of several labels Podman asks for one alone, so the owner is looked at here.
        .filter { $0.labels?[Label.owner] == owner }
        guard !listed.isEmpty else { return [] }
        let usage = sizes ? try await usage() : nil
        return listed.compactMap { volume in
            guard let labels = volume.labels, let name = labels[Label.cache], let project = labels[Label.project],
                let user = labels[Label.user].flatMap(UInt32.init)
            else { return nil }
            return StoredCache(
                volume: volume.name, name: name, project: project, user: user, size: usage?.volumes[volume.name],
                created: volume.created.flatMap(Self.seconds))
        }
    }

    /// Removes a cache volume.
    public func removeCache(_ volume: String) async throws(TaskError) {
        let shown = PlainText.line(volume, limit: 200)
        do throws(EngineError) {
            let labels = try await client.inspectVolume(volume).labels
            guard labels?[Label.cache] != nil, labels?[Label.owner] == owner else {
                throw EngineError.response(status: 404, message: "not a cache of this user's", route: shown)
            }
            try await client.removeVolume(volume)
        } catch {
            if error.isNotFound { throw TaskError("there is no cache volume '\(shown)'", next: "task image list") }
            if error.isConflict {
                throw TaskError("the cache volume '\(shown)' is used by a task", next: "task list")
            }
            throw error.asTaskError("remove the cache volume '\(shown)'", kind: .failed)
        }
    }

    /// A time as engines write it, RFC 3339, whatever follows the seconds.
    private static func seconds(_ text: String) -> Int64? {
        guard let time = try? Date("\(text.prefix(19))Z", strategy: .iso8601) else { return nil }
        let zone = text.dropFirst(19).drop { $0 == "." || $0.isNumber }
        var seconds = Int64(time.timeIntervalSince1970)
        let parts = zone.dropFirst().split(separator: ":").compactMap { Int64($0) }
        if let sign = zone.first, sign == "+" || sign == "-", parts.count == 2 {
            seconds -= (sign == "+" ? 1 : -1) * (parts[0] * 3600 + parts[1] * 60)
        }
        return seconds
    }
}
