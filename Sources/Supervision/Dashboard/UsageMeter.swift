import Environments
import Synchronization
import System
import TaskModel

/// What containers use, looked at again and again. The control group's files are read where they can be seen from here;
/// else the engine is asked, beside everything else: an engine that does not answer holds nothing up.
final class UsageMeter: Sendable {
    private struct Entry {
        var group: ControlGroup?
        var hasLooked = false
        var isAsking = false
        var usage: ControlGroup.Usage?
        var time: Monotonic?
        var shown: DashboardTask.Usage?
    }

    /// Shorter spans tell little of the processor.
    private static let shortestSpan: Int64 = 150
    private let stateRoot: String
    private let entries = Mutex<[String: Entry]>([:])
    private let services = Mutex<[String: EnvironmentService]>([:])

    init(stateRoot: String) {
        self.stateRoot = stateRoot
    }

    /// What a task's container uses, as far as it is known by now; nil where it is not.
    func usage(_ state: CurrentState) -> DashboardTask.Usage? {
        guard let container = state.container, state.phase != .ended else { return nil }
        if state.place == .local {
            entries.withLock { $0[container.id, default: Entry()].hasLooked = true }
            note(LocalPlace.usage(of: container.id), of: container.id)
            return entries.withLock { $0[container.id]?.shown }
        }
        let group = entries.withLock { entries in
            var entry = entries[container.id] ?? Entry()
            if !entry.hasLooked {
                entry.hasLooked = true
                entry.group = container.pid.flatMap { ControlGroup(of: $0, naming: container.id) }
            }
            entries[container.id] = entry
            return entry.group
        }
        if let group {
            note(group.usage, of: container.id)
        } else {
            ask(container.id, state)
        }
        return entries.withLock { $0[container.id]?.shown }
    }

    /// Forgets all containers but these.
    func keep(_ containers: Set<String>) {
        entries.withLock { entries in entries = entries.filter { containers.contains($0.key) } }
    }

    private func ask(_ container: String, _ state: CurrentState) {
        let isAsking = entries.withLock { entries in
            defer { entries[container]?.isAsking = true }
            return entries[container]?.isAsking ?? true
        }
        guard !isAsking else { return }
        Task.detached {
            let usage = try? await self.service(state)?.usage(of: container)
            self.note(usage ?? nil, of: container)
            self.entries.withLock { $0[container]?.isAsking = false }
        }
    }

    private func service(_ state: CurrentState) throws(TaskError) -> EnvironmentService? {
        guard let socket = state.socket else { return nil }
        if let known = services.withLock({ $0[socket] }) { return known }
        let service = try EnvironmentService(place: state.place, socket: socket, stateRoot: stateRoot)
        services.withLock { $0[socket] = service }
        return service
    }

    private func note(_ usage: ControlGroup.Usage?, of container: String) {
        entries.withLock { entries in
            guard var entry = entries[container] else { return }
            defer { entries[container] = entry }
            guard let usage else {
                (entry.usage, entry.time, entry.shown) = (nil, nil, nil)
                return
            }
            let now = Monotonic.now
            guard let before = entry.usage, let time = entry.time else {
                (entry.usage, entry.time) = (usage, now)
                entry.shown = DashboardTask.Usage(processor: nil, memory: usage.memory)
                return
            }
            let span = now.milliseconds(from: time)
            entry.shown?.memory = usage.memory
            guard span >= Self.shortestSpan else { return }
            let used = usage.processorTime - min(usage.processorTime, before.processorTime)
            entry.shown = DashboardTask.Usage(processor: Self.percent(used, of: span), memory: usage.memory)
            (entry.usage, entry.time) = (usage, now)
        }
    }

    /// Nanoseconds of processor time within milliseconds, as a share of one processor.
    static func percent(_ nanoseconds: UInt64, of milliseconds: Int64) -> Int {
        Int((Double(nanoseconds) / 10_000 / Double(max(1, milliseconds))).rounded())
    }
}
