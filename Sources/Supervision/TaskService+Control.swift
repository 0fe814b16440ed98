import Dispatch
import Environments
import FoundationEssentials
import Glibc
public import System
public import TaskModel
public import TaskStore
public import Workspace

extension TaskService {
    /// All tasks that can be read, newest first, and what is wrong with the others.
    public func list() throws(TaskError) -> (records: [TaskRecord], damaged: [(TaskID, TaskError)]) {
        try list(createdAt: \.currentState.createdAt) { directory throws(TaskError) in try directory.readRecord() }
    }

    /// The outlines of all tasks that can be read, newest first, and what is wrong with the others.
    public func outlines() throws(TaskError) -> (outlines: [TaskOutline], damaged: [(TaskID, TaskError)]) {
        try list(createdAt: \.currentState.createdAt) { directory throws(TaskError) in try directory.readOutline() }
    }

    private func list<Record: Sendable>(
        createdAt: KeyPath<Record, Date>, _ read: @Sendable (TaskDirectory) throws(TaskError) -> Record
    ) throws(TaskError) -> ([Record], damaged: [(TaskID, TaskError)]) {
        let found = try store.ids().concurrentMap { id in
            (id, made: made(id), Result { () throws(TaskError) in try read(store.directory(id)) })
        }
        var records: [(time: (Double, Int, Int), id: TaskID, record: Record)] = []
        var damaged: [(TaskID, TaskError)] = []
        for (id, made, result) in found {
            switch result {
            case .success(let record):
                let time = record[keyPath: createdAt].timeIntervalSince1970
                records.append(((time, made.seconds, made.nanoseconds), id, record))
            case .failure(let error): damaged.append((id, error))
            }
        }
        // Indices are sorted: records are large.
        let order = records.indices.sorted { left, right in
            let (one, other) = (records[left].time, records[right].time)
            return one == other ? records[left].id > records[right].id : one > other
        }
        return (order.map { records[$0].record }, damaged)
    }

    /// When a task was made, for two of the same second: records count in seconds, file systems in nanoseconds, and what
    /// was asked is written once.
    private func made(_ id: TaskID) -> (seconds: Int, nanoseconds: Int) {
        var status = stat()
        guard stat(store.directory(id).inputs, &status) == 0 else { return (0, 0) }
        return (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }

    /// A terminal on the agent's screen: the master of a pseudo-terminal whose other end is inside.
    public func attach(_ directory: TaskDirectory, size: Terminal.Size) throws(TaskError) -> Descriptor {
        try requireRunning(directory)
        var request = ControlRequest(.attach)
        request.columns = size.columns
        request.rows = size.rows
        guard let terminal = try connect(to: directory).ask(request).descriptors.first else {
            throw TaskError("the supervisor of '\(directory.id)' gave no terminal")
        }
        return terminal
    }

    /// Types text into the agent.
    public func send(_ text: String, to directory: TaskDirectory, pressEnter: Bool) throws(TaskError) {
        let isTyped = { (scalar: Unicode.Scalar) in
            scalar.value >= 32 && scalar.value != 127 || scalar == "\n" || scalar == "\t"
        }
        if let control = text.unicodeScalars.first(where: { !isTyped($0) || (0x80...0x9F).contains($0.value) }) {
            throw TaskError("the text has the control character \(PlainText.line(String(control))), which is not typed")
        }
        try requireRunning(directory)
        var request = ControlRequest(.send)
        request.text = text
        request.pressEnter = pressEnter
        try connect(to: directory).ask(request)
    }

    /// Makes the agent end, and comes back when its work is home.
    ///
    /// - Throws: `TaskError` also where it ended and its work is not on its branch.
    public func stop(_ directory: TaskDirectory, graceSeconds: Int) throws(TaskError) {
        try end(directory, graceSeconds: graceSeconds)
        let state = try directory.readRecord().currentState
        if state.isUnexported == true {
            throw TaskError(
                "'\(directory.id)' has stopped, but its work could not be brought home; it is still in its workspace",
                next: "task diff \(directory.id), which tries again")
        }
        if let conflict = state.conflict {
            throw TaskError(
                "'\(directory.id)' has stopped; its last work is not on its branch: \(conflict)",
                next: "task diff \(directory.id)")
        }
    }

    /// Makes the agent end, wherever its work then is.
    func end(_ directory: TaskDirectory, graceSeconds: Int) throws(TaskError) {
        try requireRunning(directory)
        var request = ControlRequest(.stop)
        request.graceSeconds = graceSeconds
        try connect(to: directory).ask(request)
    }

    /// Brings home what the agent has done so far: from the running sandbox, or from a workspace whose last export
    /// failed.
    public func export(_ directory: TaskDirectory) throws(TaskError) {
        let state = try directory.readRecord().currentState
        if state.phase != .ended {
            try connect(to: directory).ask(ControlRequest(.export))
        } else if state.isUnexported == true {
            let supervisor = try SupervisorProcess(program: try program(), task: directory.id, errand: .recover)
            try supervisor.begin()
            try supervisor.waitUntilStarted { _ in }
            _ = supervisor.child.wait()
            if try directory.readRecord().currentState.isUnexported == true {
                throw TaskError(
                    "the work of '\(directory.id)' cannot be brought out of its workspace; it is still there",
                    next: "task events \(directory.id)")
            }
        }
    }

    /// Writes what the agent changed, committed and not, to a descriptor; before it does, its work is home.
    public func diff(
        _ directory: TaskDirectory, stat: Bool, color: Bool, escaped: Bool, to output: Descriptor,
        whenHome: () -> Void = {}
    ) async throws(TaskError) {
        try export(directory)
        whenHome()
        try await review(directory).diff(stat ? .stat : .patch, color: color, escaped: escaped, to: output)
    }

    /// Files among the changes that run on normal use, links that lead out of the tree, and the like.
    public func triggers(_ directory: TaskDirectory) async throws(TaskError) -> [Trigger] {
        try await review(directory).triggers()
    }

    /// Numbers of what the agent changed.
    public func summary(_ directory: TaskDirectory) async throws(TaskError) -> Review.Summary {
        try await review(directory).summary()
    }

    /// Merges a task's branch into the current branch of its repository.
    public func merge(_ directory: TaskDirectory, output: @escaping @Sendable (String) -> Void) async throws(TaskError)
    {
        try export(directory)
        let inputs = try directory.readInputs()
        if let conflict = try directory.readRecord().currentState.conflict {
            throw TaskError(
                "the branch does not hold the agent's last work: \(conflict)", next: "task diff \(directory.id)")
        }
        try await inputs.repository.merge(directory.id, git: git, output: output)
    }

    private func review(_ directory: TaskDirectory) throws(TaskError) -> Review {
        Review(of: try results(directory), git: git)
    }

    /// What was brought out of a task's sandbox.
    func results(_ directory: TaskDirectory) throws(TaskError) -> ResultStore {
        let inputs = try directory.readInputs()
        return ResultStore(
            taskDirectory: directory.path, base: inputs.base, objectFormat: inputs.repository.objectFormat)
    }

    /// Refuses a task that has ended.
    public func requireRunning(_ directory: TaskDirectory) throws(TaskError) {
        let state = try directory.readRecord().currentState
        guard state.phase != .ended else {
            let how = state.ending.map { " (\(PlainText.line($0.summary)))" } ?? ""
            throw TaskError("the task '\(directory.id)' has ended\(how)", next: "task resume \(directory.id)")
        }
    }
}

/// Runs something that blocks on a thread that may be blocked.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: body()) }
    }
}
