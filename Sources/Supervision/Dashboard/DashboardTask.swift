public import FoundationEssentials
public import TaskModel

/// A task as a dashboard shows it: what is on record, what it prints and reaches for, and what it uses. Texts that come
/// from inside the sandbox are safe to print.
public struct DashboardTask: Equatable, Sendable {
    /// What the task's container uses.
    public struct Usage: Equatable, Sendable {
        /// Of one processor, in per cent; nil until two looks lie apart far enough.
        public var processor: Int?
        /// Bytes of memory.
        public var memory: UInt64

        /// What is used.
        public init(processor: Int?, memory: UInt64) {
            self.processor = processor
            self.memory = memory
        }
    }

    /// The name.
    public var id: TaskID
    /// What is true of it now.
    public var state: CurrentState
    /// The project it works on.
    public var project = ""
    /// What it uses; nil where nobody tells.
    public var usage: Usage?
    /// How often it was refused something on the network.
    public var denials = 0
    /// What it was refused last: `host:port`; empty for nothing.
    public var lastDenied = ""
    /// The last lines that it printed, the newest last; few, but for the task in focus.
    public var output: [String] = []
    /// What has happened to it last, the newest last.
    public var events: [TaskEvent] = []

    /// A task of which only the record is known.
    public init(id: TaskID, state: CurrentState) {
        self.id = id
        self.state = state
    }

    /// True where it ended more than an hour ago.
    public func endedLongAgo(now: Date) -> Bool {
        guard state.phase == .ended else { return false }
        return (state.endedAt ?? state.createdAt) < now.addingTimeInterval(-3600)
    }

    /// The last line with something to read in it: the frames and rules that agents draw are passed over.
    public var lastLine: String {
        output.last { $0.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil } }
            ?? output.last ?? ""
    }
}
