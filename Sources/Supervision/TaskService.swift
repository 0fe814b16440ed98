import EngineAPI
import Glibc
import System
public import TaskModel
public import TaskStore
import Workspace

/// What `task` commands do: every command is one call here and the rendering of its result.
public struct TaskService: Sendable {
    /// The user's tasks.
    public let store: TaskStore
    let environment: [String: String]
    let git: Git

    /// The service for a user's environment. Nothing is read or made yet.
    public init(environment: [String: String]) {
        self.environment = environment
        store = TaskStore(root: Directories(environment: environment).state)
        git = Git(environment: environment)
    }

    /// From now on each request of this process to an engine is told, as a line that is safe to print: "GET /info 200,
    /// 12 ms (/run/docker.sock)".
    public static func traceEngines(_ show: @escaping @Sendable (String) -> Void) {
        EngineTrace.watch { call in
            let answer = call.status.map { "\($0)" } ?? "no answer"
            let text = "\(call.route) \(answer), \(call.milliseconds) ms (\(call.socket))"
            show(PlainText.line(text, limit: 500))
        }
    }

    /// The same for a supervisor, until its agent runs: whoever started it is told.
    public static func reportEngines() {
        traceEngines { StartReporter().report(.request("supervisor: \($0)")) }
    }

    /// The program of this installation, for windows that run it.
    public func program() throws(TaskError) -> String {
        do throws(SystemError) {
            return try Files.ownProgram()
        } catch {
            throw TaskError(error.description)
        }
    }

    /// Starts a supervisor for every task whose own has died. Nothing waits for them.
    public func superviseOrphans() throws(TaskError) {
        for id in try store.ids() {
            let directory = store.directory(id)
            // A supervisor that comes to its end removes its socket.
            guard Files.exists(directory.supervisorSocket), !directory.isSupervised else { continue }
            try SupervisorProcess(program: try program(), task: id, errand: .recover).begin()
        }
    }

    /// A line to the task's supervisor, which is started where it has died.
    func connect(to directory: TaskDirectory) throws(TaskError) -> SupervisorClient {
        let deadline = Monotonic.now + .seconds(20)
        var isStarted = false
        while true {
            do throws(TaskError) {
                return try SupervisorClient(directory)
            } catch {
                if Monotonic.now > deadline { throw error }
            }
            if !directory.isSupervised, !isStarted {
                try SupervisorProcess(program: try program(), task: directory.id, errand: .recover).begin()
                isStarted = true
            }
            pause(milliseconds: 5)
        }
    }

    /// Waits until a task has ended and its work is home.
    public func waitUntilEnded(_ directory: TaskDirectory) throws(TaskError) -> TaskRecord {
        let watch = FileWatch(directory.path)
        while true {
            let record = try directory.readRecord()
            if record.currentState.phase == .ended { return record }
            if !directory.isSupervised { _ = try connect(to: directory) }
            watch.wait(milliseconds: 1000)
        }
    }

    /// Runs the supervisor of a task in this process, until the task has ended. The only caller is the command that
    /// other commands start.
    public func supervise(_ name: String, errand: String) async throws(TaskError) -> Int32 {
        guard let errand = SupervisorErrand(rawValue: "--\(errand)") else {
            throw TaskError(.usage, "'\(errand)' is no errand")
        }
        guard let secrets = SupervisorProcess.waitForWord() else { return 0 }
        // The whole name: another task's must not do while this one is being removed.
        guard let id = TaskID(name) else { throw TaskError(.usage, "'\(name)' is no task name") }
        let directory = try store.existing(id)
        let lock: FileLock?
        do throws(SystemError) {
            lock = try FileLock.take(directory.lock, waitingMilliseconds: 200)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
        // Whoever else holds the lock is the supervisor.
        guard let lock else { return 0 }
        try logErrors(of: directory)
        let supervisor = try Supervisor(
            directory.id, store: store, environment: environment, secrets: secrets, lock: lock)
        return await supervisor.supervise(errand)
    }

    /// From now on, what this process has to say goes to the task's own log.
    private func logErrors(of directory: TaskDirectory) throws(TaskError) {
        do throws(SystemError) {
            let log = try Descriptor.open(directory.supervisorLog, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
            dup2(log.number, STDERR_FILENO)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
    }
}
