import Environments
import FoundationEssentials
import Glibc
import System
public import TaskModel
import TaskStore

extension TaskService {
    /// Removes what crashed runs have left: containers of ours that belong to no task, and directories of tasks that
    /// were never finished or not wholly removed. What a living process is at is left alone, and so is every task.
    ///
    /// - Parameter isRehearsal: true where nothing is removed.
    /// - Returns: what was removed, or would be, and what could not be.
    public func prune(isRehearsal: Bool, on place: Place?) async -> (
        removed: [String], failures: [String]
    ) {
        var removed: [String] = []
        var failures: [String] = []
        let engines = await engines(place)
        if engines.isEmpty { failures.append("no engine answers, so containers were not looked at") }
        for engine in engines {
            do throws(TaskError) {
                for container in Self.abandoned(try await engine.ownContainers(), store, engine.place) {
                    if !isRehearsal { try await engine.remove(container.id) }
                    removed.append("the container \(PlainText.line(container.name)) on \(engine.place.rawValue)")
                }
            } catch {
                failures.append(error.message)
            }
        }
        for path in abandonedDirectories() {
            do {
                if !isRehearsal { try FileTree.remove(path) }
                removed.append("the directory \(PlainText.line(path))")
            } catch {
                failures.append("\(error)")
            }
        }
        return (removed, failures)
    }

    /// Everything that belongs to nobody, or to a task that has stopped short. What cannot be asked is left out.
    func leftovers(on place: Place?, images: Bool) async -> Leftovers {
        var leftovers = Leftovers()
        leftovers.directories = abandonedDirectories()
        for engine in await engines(place) {
            guard let containers = try? await engine.ownContainers() else { continue }
            leftovers.containers += Self.abandoned(containers, store, engine.place).map { ($0.name, $0.id) }
        }
        if images, let report = try? await pruneImages(.init(), caches: true, isRehearsal: true, on: place) {
            leftovers.images = report.images.filter(\.isRemoved).count + report.caches.filter(\.isRemoved).count
        }
        guard let (records, damaged) = try? list() else { return leftovers }
        leftovers.damaged = damaged.map { ($0.0, $0.1.message) }
        for record in records where record.currentState.phase != .ended {
            let directory = store.directory(record.id)
            if directory.isSupervised { continue }
            // Without a socket no later command takes it for a task whose supervisor has died. One that was just made
            // may not have its supervisor yet.
            if record.currentState.phase == .preparing, !Files.exists(directory.supervisorSocket) {
                if Date().timeIntervalSince(record.currentState.createdAt) > 60 { leftovers.stuck.append(record.id) }
            } else {
                leftovers.unsupervised.append(record.id)
            }
        }
        return leftovers
    }

    /// The engines that answer: the one asked for, or all.
    private func engines(_ place: Place?) async -> [EnvironmentService] {
        var sockets: [(place: Place, socket: String)] = []
        if case .found(let found, let socket, _) = await EnvironmentService.look(place) {
            sockets.append((found, socket))
        }
        if place == nil { sockets += await EnvironmentService.all() }
        var seen: Set<String> = []
        return sockets.compactMap { entry in
            // /var/run is /run by another name.
            guard seen.insert((try? Files.resolve(entry.socket)) ?? entry.socket).inserted else { return nil }
            return try? EnvironmentService(place: entry.place, socket: entry.socket, stateRoot: store.root)
        }
    }

    /// The containers that belong to no task and to no build in progress. They were listed before the tasks are looked
    /// at: a task's directory is there before its container is.
    static func abandoned(_ containers: [OwnContainer], _ store: TaskStore, _ place: Place) -> [OwnContainer] {
        let now = Int64(Date().timeIntervalSince1970)
        return containers.filter { container in
            switch container.role {
            case "agent", "export":
                guard let id = container.task.flatMap({ TaskID($0) }) else { return true }
                return !store.contains(id)
            case "build":
                guard let id = container.task.flatMap({ TaskID($0) }) else { return true }
                return !FileLock.isHeld("\(store.root)/builds/\(place.rawValue)/\(id)/lock")
            case .some where container.maker != nil:
                return container.isForsaken
            default:
                // Nothing says who is at it, but no step takes long to be removed once it has ended.
                return !container.isRunning && now - container.created > PruneDecision.making
            }
        }
    }

    /// Directories beside those of tasks whose maker or remover does not live any more. Their names end in its number,
    /// or in that and a mark: see `TaskStore`.
    func abandonedDirectories() -> [String] {
        let tasks = "\(store.root)/tasks"
        return ((try? Files.list(tasks)) ?? []).filter { name in
            let parts = name.split(separator: "-")
            let number: Substring?
            if name.hasPrefix(".new-") {
                number = parts.dropLast().last
            } else if name.hasPrefix(".removed-") {
                number = parts.last
            } else {
                return false
            }
            guard let process = number.flatMap({ Int32($0) }), process > 0 else { return false }
            return kill(process, 0) != 0 && errno == ESRCH
        }.map { "\(tasks)/\($0)" }
    }
}
