/// Something that happened to an object of an engine.
public struct EngineEvent: Sendable, Equatable {
    /// What happened. Where Docker and Podman have two words for one thing, there is one case.
    public enum Action: Sendable, Equatable {
        /// It was made.
        case create
        /// Its program was started.
        case start
        /// Its program ended, with this exit status.
        case die(exitCode: Int?)
        /// The kernel ended a program for lack of memory.
        case outOfMemory
        /// It was removed.
        case destroy
        /// An exec ended, with this exit status; Podman does not say which.
        case execDied(exitCode: Int?)
        /// Any other word.
        case other(String)
    }

    /// `container`, `image`, `volume` and so on.
    public let type: String
    /// What happened.
    public let action: Action
    /// The object's id, or the volume's name.
    public let id: String
    /// The object's labels, and more that the engine adds, such as `name`.
    public let attributes: [String: String]
    /// When, in nanoseconds since 1970.
    public let time: Int64?
}

extension EngineEvent: Decodable {
    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case action = "Action"
        case actor = "Actor"
        case time = "timeNano"
    }

    private struct Actor: Decodable {
        let id: String?
        let attributes: [String: String]?

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case attributes = "Attributes"
        }
    }

    /// The reply of an engine.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let actor = try values.decodeIfPresent(Actor.self, forKey: .actor)
        type = try values.decodeIfPresent(String.self, forKey: .type) ?? ""
        id = actor?.id ?? ""
        attributes = actor?.attributes ?? [:]
        time = try values.decodeIfPresent(Int64.self, forKey: .time)
        action = Action(try values.decode(String.self, forKey: .action), attributes: attributes)
    }
}

extension EngineEvent.Action {
    fileprivate init(_ word: String, attributes: [String: String]) {
        let exitCode = (attributes["exitCode"] ?? attributes["containerExitCode"]).flatMap { Int($0) }
        self =
            switch word {
            case "create": .create
            case "start": .start
            case "die", "died": .die(exitCode: exitCode)
            case "oom": .outOfMemory
            case "destroy", "remove": .destroy
            case "exec_die", "exec_died": .execDied(exitCode: exitCode)
            default: .other(word)
            }
    }
}
