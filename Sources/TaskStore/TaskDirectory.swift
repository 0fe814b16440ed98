import System
public import TaskModel

/// The directory of one task: where everything about it is kept.
public struct TaskDirectory: Equatable, Sendable {
    /// The task's name.
    public let id: TaskID
    /// `<state>/tasks/<id>`.
    public let path: String

    init(id: TaskID, path: String) {
        self.id = id
        self.path = path
    }

    /// What was asked.
    public var inputs: String { "\(path)/inputs.json" }
    /// What is true now.
    public var state: String { "\(path)/state.json" }
    /// Everything that happened.
    public var events: String { "\(path)/events.jsonl" }
    /// Raw terminal output, written by the guest.
    public var scrollback: String { "\(path)/scrollback" }
    /// The guest's own record of how the agent ended.
    public var exitRecord: String { "\(path)/exit" }
    /// The agent's private clone.
    public var workspace: String { "\(path)/workspace" }
    /// The agent's home directory.
    public var home: String { "\(path)/home" }
    /// Directories that lead to the project, where the image's own would not let the agent through.
    public var passage: String { "\(path)/passage" }
    /// What was brought out of the sandbox: a bare repository.
    public var results: String { "\(path)/result.git" }
    /// Mounted into the container, read-only.
    public var control: String { "\(path)/run" }
    /// The names that the sandbox has addresses for, and the secret that the addresses are derived from.
    public var addresses: String { "\(path)/addresses" }
    /// Where the guest connects to.
    public var controlSocket: String { "\(control)/control.sock" }
    /// What the agent may read about refused connections; inside the sandbox `/run/task/denied`.
    public var denied: String { "\(control)/denied" }
    /// The sandbox's `/etc/resolv.conf`.
    public var resolver: String { "\(path)/names/resolv.conf" }
    /// The sandbox's `/etc/hosts`.
    public var hosts: String { "\(path)/names/hosts" }
    /// Where `task` commands talk to the supervisor.
    public var supervisorSocket: String { "\(path)/supervisor.sock" }
    /// What the supervisor has to say beyond events.
    public var supervisorLog: String { "\(path)/supervisor.log" }
    /// Held by the supervisor for as long as it lives.
    public var lock: String { "\(path)/lock" }

    /// True while a supervisor lives.
    public var isSupervised: Bool { FileLock.isHeld(lock) }

    /// Reads what was asked.
    ///
    /// - Throws: `TaskError` naming the file, where it is unreadable, damaged or from a newer program.
    public func readInputs() throws(TaskError) -> TaskInputs {
        let value: TaskInputs = try JSONFile.read(inputs)
        try requireVersion(value.version, atMost: TaskInputs.currentVersion, of: inputs)
        return value
    }

    /// Reads what is true now.
    ///
    /// - Throws: `TaskError` naming the file, where it is unreadable, damaged or from a newer program.
    public func readRecord() throws(TaskError) -> TaskRecord {
        let value: TaskRecord = try JSONFile.read(state)
        try requireVersion(value.version, atMost: TaskRecord.currentVersion, of: state)
        return value
    }

    /// Reads what lists tell of what is true now.
    ///
    /// - Throws: `TaskError` naming the file, where it is unreadable, damaged or from a newer program.
    public func readOutline() throws(TaskError) -> TaskOutline {
        let value: TaskOutline = try JSONFile.read(state)
        try requireVersion(value.version, atMost: TaskRecord.currentVersion, of: state)
        return value
    }

    /// Reads of what was asked only which project it was asked for: the path of its repository.
    ///
    /// - Throws: `TaskError` naming the file, where it is unreadable, damaged or from a newer program.
    public func readProject() throws(TaskError) -> String {
        struct Outline: Decodable {
            struct Repository: Decodable { let path: String }
            let version: Int
            let repository: Repository
        }
        let value: Outline = try JSONFile.read(inputs)
        try requireVersion(value.version, atMost: TaskInputs.currentVersion, of: inputs)
        return value.repository.path
    }

    /// Replaces what is true now. Only the holder of the lock may.
    public func write(_ record: TaskRecord) throws(TaskError) {
        try JSONFile.write(record, to: state)
    }

    private func requireVersion(_ version: Int, atMost newest: Int, of file: String) throws(TaskError) {
        if version > newest {
            throw TaskError(
                "'\(file)' has version \(version), and this program reads up to \(newest)", next: "install a newer task"
            )
        }
    }
}
