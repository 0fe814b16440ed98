import FoundationEssentials
import Glibc
import Synchronization
import System
public import TaskModel
import TaskStore

/// All tasks, looked at once a second on a thread of its own. Files are read again only where they have changed; whoever
/// draws takes what is there and never waits.
public final class Dashboard: Sendable {
    /// How much is kept of the output of the task in focus, and of others.
    fileprivate static let focused = (span: 256 << 10, lines: 2000)
    fileprivate static let others = (span: 16 << 10, lines: 60)

    private struct Shared {
        var tasks: [DashboardTask]?
        var focus: TaskID?
        var isStopped = false
        var includesOld = false
        var unreadable = 0
    }

    private let shared = Mutex(Shared())
    private let poke: (read: Descriptor, write: Descriptor)

    /// Nothing is looked at yet.
    public init() throws(TaskError) {
        do throws(SystemError) {
            poke = try Descriptor.pipe()
            try poke.write.setNonBlocking()
        } catch {
            throw TaskError(error.description)
        }
    }

    deinit { stop() }

    /// What was seen last, the newest task first; nil before the first look.
    public var tasks: [DashboardTask]? { shared.withLock { $0.tasks } }

    /// How many tasks have a record that cannot be read.
    public var unreadable: Int { shared.withLock { $0.unreadable } }

    /// The task of which more is wanted.
    public func focus(_ id: TaskID?) {
        let isNew = shared.withLock { shared in
            defer { shared.focus = id }
            return shared.focus != id
        }
        if isNew { lookNow() }
    }

    /// Whether tasks that ended long ago are wanted in full; else only their records are read.
    public func includeOld(_ isWanted: Bool) {
        let isNew = shared.withLock { shared in
            defer { shared.includesOld = isWanted }
            return shared.includesOld != isWanted
        }
        if isNew { lookNow() }
    }

    /// Looks again without waiting for the second to pass.
    public func lookNow() { try? poke.write.write([0]) }

    /// Looks no more; the thread ends soon.
    public func stop() {
        shared.withLock { $0.isStopped = true }
        lookNow()
    }

    /// Begins to look.
    ///
    /// - Parameter changed: called on another thread whenever something is seen that was not so before.
    public func begin(_ service: TaskService, changed: @escaping @Sendable () -> Void) throws(TaskError) {
        let poke = poke
        do throws(SystemError) {
            try WorkerThread(stack: 4 << 20) { [weak self] in
                var watches = TaskWatches(service)
                while true {
                    guard let wish = self?.shared.withLock({ $0 }), !wish.isStopped else { return }
                    let seen = watches.look(wish)
                    let unreadable = watches.count - seen.count
                    let isNew = self?.shared.withLock { shared in
                        defer { (shared.tasks, shared.unreadable) = (seen, unreadable) }
                        return shared.tasks != seen || shared.unreadable != unreadable
                    }
                    if isNew == true { changed() }
                    if (try? poke.read.waitUntilReadable(milliseconds: 1000)) == true {
                        _ = try? poke.read.read(atMost: 4096)
                    }
                }
            }.letGo()
        } catch {
            throw TaskError(error.description)
        }
    }

    /// All tasks as they are now, looked at twice so that there is a time between.
    public static func once(_ service: TaskService) -> [DashboardTask] {
        var watches = TaskWatches(service)
        _ = watches.look(Shared())
        pause(milliseconds: 300)
        return watches.look(Shared())
    }

    /// What is remembered of each task from one look to the next.
    private struct TaskWatches {
        private let service: TaskService
        private let meter: UsageMeter
        private var watches: [TaskID: TaskWatch] = [:]
        private var looks = 0
        var count: Int { watches.count }

        init(_ service: TaskService) {
            self.service = service
            meter = UsageMeter(stateRoot: service.store.root)
        }

        mutating func look(_ wish: Shared) -> [DashboardTask] {
            // What other commands do when they start: a task whose supervisor has died gets another.
            if looks % 5 == 4 { try? service.superviseOrphans() }
            looks += 1
            let ids = (try? service.store.ids()) ?? []
            watches = watches.filter { ids.contains($0.key) }
            var tasks: [DashboardTask] = []
            for id in ids {
                var watch = watches[id] ?? TaskWatch(service.store.directory(id))
                if let task = watch.look(
                    id == wish.focus ? Dashboard.focused : Dashboard.others, meter, includesOld: wish.includesOld)
                {
                    tasks.append(task)
                }
                watches[id] = watch
            }
            meter.keep(Set(tasks.compactMap { $0.state.container?.id }))
            tasks.sort { ($0.state.createdAt, $0.id) > ($1.state.createdAt, $1.id) }
            return tasks
        }
    }
}

/// One task, looked at again and again.
private struct TaskWatch {
    private let directory: TaskDirectory
    private var version: FileVersion?
    private var record: TaskRecord?
    private var project: String?
    private var output: OutputTail
    private var events: EventTail

    init(_ directory: TaskDirectory) {
        self.directory = directory
        output = OutputTail(directory.scrollback)
        events = EventTail(directory.events)
    }

    /// The task as it is now; nil where its record cannot be read.
    mutating func look(
        _ extent: (span: Int, lines: Int), _ meter: UsageMeter, includesOld: Bool
    ) -> DashboardTask? {
        let now = FileVersion(directory.state)
        if now != version || record == nil {
            version = now
            let created = record?.currentState.createdAt
            record = try? directory.readRecord()
            // Another task that was given the name.
            if let created, record?.currentState.createdAt != created { forget() }
        }
        guard let record else { return nil }
        var task = DashboardTask(id: record.id, state: record.currentState)
        if !includesOld, task.endedLongAgo(now: Date()) { return task }
        if project == nil { project = (try? directory.readInputs())?.repository.path ?? "" }
        output.look(span: extent.span, lines: extent.lines)
        events.look()
        task.project = project ?? ""
        task.output = output.lines
        task.denials = events.denials
        task.lastDenied = events.lastDenied
        task.events = events.events
        task.usage = meter.usage(record.currentState)
        return task
    }

    private mutating func forget() {
        project = nil
        output = OutputTail(directory.scrollback)
        events = EventTail(directory.events)
    }
}
