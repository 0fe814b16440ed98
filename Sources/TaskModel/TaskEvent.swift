public import FoundationEssentials

/// One line of `events.jsonl`: something that happened.
public struct TaskEvent: Codable, Equatable, Sendable {
    /// Counts from 1 without gaps.
    public var sequence: Int
    /// When, for display; the sequence decides the order.
    public var time: Date
    /// What.
    public var event: Name
    /// Its particulars.
    public var data: [String: Value]

    /// An event.
    public init(sequence: Int, time: Date, event: Name, data: [String: Value] = [:]) {
        self.sequence = sequence
        self.time = time
        self.event = event
        self.data = data
    }

    /// What happened, as an open set: a newer program may write names that this one does not know.
    public struct Name: RawRepresentable, Hashable, Codable, Sendable {
        /// The name as written.
        public let rawValue: String

        /// A name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A task was asked for.
        public static let created = Name(rawValue: "created")
        /// A step of the preparation was done.
        public static let prepared = Name(rawValue: "prepared")
        /// The agent started.
        public static let started = Name(rawValue: "started")
        /// A supervisor took over a task whose supervisor had died.
        public static let recovered = Name(rawValue: "recovered")
        /// Work was brought into the user's repository.
        public static let exported = Name(rawValue: "exported")
        /// Work could not be brought in.
        public static let exportFailed = Name(rawValue: "export-failed")
        /// Work was brought home, but not all of it.
        public static let exportIncomplete = Name(rawValue: "export-incomplete")
        /// The agent asked for a name and was told that there is none.
        public static let nameRefused = Name(rawValue: "name-refused")
        /// The agent made a connection that was closed.
        public static let connectionRefused = Name(rawValue: "connection-refused")
        /// A connection that was let through has ended.
        public static let connectionClosed = Name(rawValue: "connection-closed")
        /// The gateway itself is in trouble.
        public static let gatewayFailed = Name(rawValue: "gateway-failed")
        /// The user changed what the task may reach.
        public static let policyChanged = Name(rawValue: "policy-changed")
        /// The policy on record is not the one that was resolved: the sandbox has no network.
        public static let policyInvalid = Name(rawValue: "policy-invalid")
        /// Events could not be written, for instance because the disk was full.
        public static let eventsLost = Name(rawValue: "events-lost")
        /// The agent waits for its user.
        public static let waiting = Name(rawValue: "waiting")
        /// The agent waits no more.
        public static let working = Name(rawValue: "working")
        /// Text was typed into the agent.
        public static let input = Name(rawValue: "input")
        /// The engine does not answer.
        public static let engineUnavailable = Name(rawValue: "engine-unavailable")
        /// The task was asked to stop.
        public static let stopping = Name(rawValue: "stopping")
        /// The task ended.
        public static let ended = Name(rawValue: "ended")
    }

    /// A particular: a string, a whole number or a truth value.
    public enum Value: Codable, Equatable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
        ExpressibleByBooleanLiteral
    {
        /// Text.
        case text(String)
        /// A whole number.
        case number(Int)
        /// True or false.
        case truth(Bool)

        /// Text.
        public init(stringLiteral value: String) { self = .text(value) }
        /// A whole number.
        public init(integerLiteral value: Int) { self = .number(value) }
        /// True or false.
        public init(booleanLiteral value: Bool) { self = .truth(value) }

        /// Decodes whichever of the three is there.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .truth(value)
            } else if let value = try? container.decode(Int.self) {
                self = .number(value)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        /// Encodes as the bare value.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .truth(let value): try container.encode(value)
            }
        }
    }
}
