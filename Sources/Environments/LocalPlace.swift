import Dispatch
import Glibc
import System
public import TaskModel

/// This machine itself, for one task: what an engine's container would be is a guest among the user's own processes,
/// with nothing between them.
///
/// Its processes are known by two things. The guest adopts whatever the agent leaves behind, so that all of it descends
/// from the guest while that lives; and each is started with a variable that names the task, which tells what is left
/// where the guest was killed.
public struct LocalPlace: SandboxProvider {
    /// The variable that marks a task's processes with the name of what would be its container.
    public static let mark = "TASK_MARK"

    /// This machine.
    public let place = Place.local
    private let guest: String
    private let control: String
    private let owner: String
    private let searchPath: String

    /// - Parameters:
    ///   - guest: the guest program.
    ///   - control: the task's directory with the control socket, where the guest keeps what it makes.
    ///   - searchPath: where the guest looks for tmux.
    public init(guest: String, control: String, stateRoot: String, searchPath: String) {
        self.guest = guest
        self.control = control
        self.searchPath = searchPath
        owner = Label.owner(of: stateRoot)
    }

    /// A task has one at a time, so there is one name.
    public func containerName(_ task: TaskID, _ role: SandboxPlan.Role) -> String { "task-\(task)-\(owner)" }

    /// Starts the guest, in a session of its own so that it outlives the supervisor.
    public func start(_ plan: SandboxPlan) async throws(TaskError) -> Container {
        let name = containerName(plan.task, plan.role)
        try await remove(name)
        do throws(SystemError) {
            try Files.remove(log)
            let log = try Descriptor.open(log, O_WRONLY | O_CREAT | O_EXCL | O_APPEND)
            let child = try ChildProcess(
                Subprocess(
                    guest, plan.guestArguments, environment: ["PATH": searchPath, Self.mark: name], directory: control),
                errors: .descriptor(log), ownSession: true)
            let process = RunningProcess(child.pid)
            DispatchQueue(label: "guest-end").async { _ = child.wait() }
            guard let process else {
                throw SystemError("start", "task-guest (\(lastLines))", code: ECHILD)
            }
            return Container(id: "\(name):\(ProcessIdentity(process))", name: name, pid: child.pid)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
    }

    /// Whether the guest runs; of one that does not, nothing more is known.
    public func fate(of container: String) async throws(TaskError) -> ContainerFate {
        Self.parts(of: container).guest?.process.map { .running(pid: $0.pid) } ?? .absent
    }

    /// Those that have children go last: whoever loses its parent is adopted by the guest, as long as that lives.
    public func remove(_ container: String) async throws(TaskError) {
        let (name, guest) = Self.parts(of: container)
        var left: Set<RunningProcess> = []
        for round in 0..<150 {
            left = Self.members(name, guest?.process)
            if left.isEmpty { return }
            let parents = Set(left.map(\.parent))
            let last = left.filter { process in !left.contains { $0.pid == process.parent } }
            // At the end whoever is left is killed in any order.
            for process in left where round > 100 || !last.contains(process) || !parents.contains(process.pid) {
                process.kill()
            }
            await pause(milliseconds: 20)
        }
        let numbers = left.map { "\($0.pid)" }.sorted().joined(separator: " ")
        throw TaskError(
            "cannot end what '\(name)' has started: the processes \(numbers) are left", next: "kill \(numbers)")
    }

    /// What the guest last said.
    public func lastWords(of container: String) async -> String { lastLines }

    private var log: String { "\(control)/guest.log" }

    private var lastLines: String {
        let text = String(decoding: ((try? Files.read(log, limit: 1 << 20)) ?? []).suffix(2048), as: UTF8.self)
        let words = text.split(separator: "\n").suffix(5).joined(separator: "; ")
        return words.isEmpty ? "it said nothing" : PlainText.line(words)
    }

    /// An id is the name and the guest's identity; a name is only that.
    private static func parts(of container: String) -> (name: String, guest: ProcessIdentity?) {
        let parts = container.split(separator: ":", maxSplits: 1)
        return (String(parts.first ?? ""), parts.count > 1 ? ProcessIdentity(parts[1]) : nil)
    }

    static func guest(of container: String) -> ProcessIdentity? { parts(of: container).guest }

    /// The guest, what carries the mark, and everything that descends from these; never this process.
    private static func members(_ name: String, _ guest: RunningProcess?) -> Set<RunningProcess> {
        let all = RunningProcess.all()
        var members = Set(all.filter { $0.pid == guest?.pid || $0.hasVariable(mark, name) })
        while true {
            let numbers = Set(members.map(\.pid))
            let more = all.filter { numbers.contains($0.parent) && !members.contains($0) }
            if more.isEmpty { break }
            members.formUnion(more)
        }
        return members.filter { $0.pid != getpid() }
    }

    private func pause(milliseconds: Int) async {
        // Also where the Swift task was cancelled: what was begun is ended.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { continuation.resume() }
        }
    }
}
