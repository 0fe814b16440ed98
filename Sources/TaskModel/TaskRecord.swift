public import FoundationEssentials

/// What is true of a task now (`state.json`). One process writes it: the task's supervisor, while it holds the lock.
public struct TaskRecord: Codable, Equatable, Sendable {
    /// The version that this program writes, and the newest that it reads.
    public static let currentVersion = 1

    /// The version of the form.
    public var version = TaskRecord.currentVersion
    /// How often the record was written.
    public var sequence: Int
    /// The name.
    public var id: TaskID
    /// What is true now.
    public var currentState: CurrentState

    /// A record.
    public init(sequence: Int, id: TaskID, currentState: CurrentState) {
        self.sequence = sequence
        self.id = id
        self.currentState = currentState
    }
}

/// The part of a record that changes.
public struct CurrentState: Codable, Equatable, Sendable {
    /// How far it is.
    public var phase: Phase
    /// Where it runs.
    public var place: Place
    /// What keeps the agent apart from the host; nil in records from before there was a choice, which means a container.
    public var isolation: Isolation?
    /// The engine's socket; nil until one was chosen, and where there is none.
    public var socket: String?
    /// The image it runs from; nil until one was found.
    public var image: Image?
    /// What is mounted into its container.
    public var volumes: [Volume]
    /// What it may reach; nil in tasks from before there were policies, which reach nothing.
    public var network: PolicyInForce?
    /// Its container; nil while there is none.
    public var container: Container?
    /// Why the agent waits for its user; nil while it works, and where it cannot be told.
    public var waiting: String?
    /// The branch that it comes back as.
    public var branch: String
    /// The commit that this program last put on the branch; nil before the first.
    public var head: String?
    /// The commit that holds what the agent had not committed; nil where there was nothing.
    public var snapshot: String?
    /// True where the agent's last work could not be brought out of its workspace; it is still there then.
    public var isUnexported: Bool?
    /// Why the branch could not be moved to `snapshot` or the agent's last commit; nil where it could.
    public var conflict: String?
    /// How it ended; nil while it has not.
    public var ending: Ending?
    /// When it was made.
    public var createdAt: Date
    /// When the agent started, last.
    public var startedAt: Date?
    /// When it ended.
    public var endedAt: Date?

    /// The state of a task that is about to be prepared.
    public init(place: Place, branch: String, createdAt: Date) {
        phase = .preparing
        self.place = place
        isolation = place.isolation
        volumes = []
        self.branch = branch
        self.createdAt = createdAt
    }
}

extension CurrentState {
    /// True where nothing keeps the agent apart from the host.
    public var isUnsafe: Bool { isolation == Isolation.none }
}

/// How far a task is.
public enum Phase: String, Codable, Sendable, CaseIterable {
    /// Its workspace and container are being made.
    case preparing
    /// The agent works.
    case running
    /// The agent has ended, or is made to; its work is being brought home.
    case ending
    /// Nothing runs any more.
    case ended
}

/// How a task ended. Success needs the guest's own report: an engine's word alone is `lost`.
public enum Ending: Codable, Equatable, Sendable {
    /// The agent exited with a code.
    case exited(code: UInt8)
    /// A signal ended the agent.
    case killed(signal: UInt8)
    /// The user stopped it.
    case stopped
    /// Its time was over.
    case timedOut
    /// It could not be started.
    case failed(reason: String)
    /// It is gone, and nobody saw how the agent ended.
    case lost(reason: String)

    /// A few words: "exited 3", "killed by signal 9", "lost: …".
    public var summary: String {
        switch self {
        case .exited(let code): "exited \(code)"
        case .killed(let signal): "killed by signal \(signal)"
        case .stopped: "stopped"
        case .timedOut: "timed out"
        case .failed(let reason): "failed: \(reason)"
        case .lost(let reason): "lost: \(reason)"
        }
    }

    /// What a command that waited for the task exits with.
    public var exitCode: Int32 {
        switch self {
        case .exited(let code): Int32(code)
        case .killed(let signal): 128 + Int32(signal)
        case .stopped, .timedOut: 128 + 15
        case .failed: 125
        case .lost: 1
        }
    }
}

/// A container of a task.
public struct Container: Codable, Equatable, Sendable {
    /// The engine's id.
    public var id: String
    /// The name we gave it.
    public var name: String
    /// Its PID 1 as the host numbers it: only that process may speak as the guest.
    public var pid: Int32?

    /// A container.
    public init(id: String, name: String, pid: Int32?) {
        self.id = id
        self.name = name
        self.pid = pid
    }
}
