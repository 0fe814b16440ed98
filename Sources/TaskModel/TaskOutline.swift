public import FoundationEssentials

/// What lists tell of a task: of its record what decides and is shown, without what its sandbox is made of. Reading it
/// takes a fraction of the time that a whole record takes, and lists read many.
public struct TaskOutline: Decodable, Sendable {
    /// The version of the record's form.
    public let version: Int
    /// The name.
    public let id: TaskID
    /// What is true now.
    public let currentState: State

    /// Of `CurrentState` the fields of the same names.
    public struct State: Decodable, Sendable {
        /// How far it is.
        public let phase: Phase
        /// Where it runs.
        public let place: Place
        /// What keeps the agent apart from the host; nil means a container.
        public let isolation: Isolation?
        /// The image it runs from.
        public let image: ImageOutline?
        /// Why the agent waits for its user; nil while it works.
        public let waiting: String?
        /// The branch that it comes back as.
        public let branch: String
        /// The commit that was last put on the branch.
        public let head: String?
        /// How it ended.
        public let ending: Ending?
        /// When it was made.
        public let createdAt: Date
        /// When the agent started, last.
        public let startedAt: Date?
        /// When it ended.
        public let endedAt: Date?
    }

    /// Of an `Image` its name.
    public struct ImageOutline: Decodable, Sendable {
        /// What it was asked for by.
        public let reference: String
    }

    /// The outline of a record.
    public init(_ record: TaskRecord) {
        let state = record.currentState
        version = record.version
        id = record.id
        currentState = State(
            phase: state.phase, place: state.place, isolation: state.isolation,
            image: state.image.map { ImageOutline(reference: $0.reference) }, waiting: state.waiting,
            branch: state.branch, head: state.head, ending: state.ending, createdAt: state.createdAt,
            startedAt: state.startedAt, endedAt: state.endedAt)
    }
}
