import FoundationEssentials
import System
import TaskModel

/// What a `task` command asks of a supervisor, one JSON line over its socket. Supervisors outlive upgrades of the
/// program, so fields are only ever added.
struct ControlRequest: Codable, Equatable, Sendable {
    enum Verb: String, Codable, Sendable {
        /// A terminal on the agent's screen; its descriptor comes with the reply.
        case attach
        /// Text for the agent.
        case send
        /// The agent is to stop; the reply comes when it has, and its work is home.
        case stop
        /// Work is to be brought home now.
        case export
        /// What the task may reach is to change.
        case policy
    }

    var verb: Verb
    var columns: UInt16?
    var rows: UInt16?
    var terminal: String?
    var text: String?
    var pressEnter: Bool?
    var graceSeconds: Int?
    var policyChange: PolicyChange?
    /// What the change is about: `name[:port]`, `*.name[:port]`, an address or a block.
    var target: String?

    init(_ verb: Verb) {
        self.verb = verb
    }
}

/// The answer, one JSON line.
struct ControlReply: Codable, Equatable, Sendable {
    var message: String?
    var next: String?
    var code: Int32 = 0
    /// Something that the user should know although all went well.
    var notice: String?

    init(notice: String? = nil) {
        self.notice = notice
    }

    init(_ error: TaskError) {
        message = error.message
        next = error.next
        code = error.exitCode
    }

    var error: TaskError? {
        guard let message else { return nil }
        return TaskError(code == 125 ? .noSandbox : .failed, message, next: next)
    }
}

/// Lines of JSON over a Unix socket, each at most 1 MiB, the descriptors with the first byte of theirs.
enum ControlLine {
    static let longest = 1 << 20

    /// It ended before it answered; whether it has done what it was asked is not known.
    static let brokenOff = TaskError("the supervisor's connection broke off", next: "task list, then try again")

    static func send(
        _ value: some Encodable, descriptors: [Descriptor] = [], over connection: Descriptor
    ) throws(TaskError) {
        do {
            let line = Array(try JSONEncoder().encode(value)) + [UInt8(ascii: "\n")]
            try UnixSocket.send(line, descriptors: descriptors, over: connection)
        } catch {
            throw TaskError("cannot talk over the supervisor's socket: \(error)")
        }
    }

    static func receive<Value: Decodable>(
        _ type: Value.Type, from connection: Descriptor
    ) throws(TaskError) -> (Value, [Descriptor]) {
        var line: [UInt8] = []
        var descriptors: [Descriptor] = []
        do {
            while line.last != UInt8(ascii: "\n") {
                let (bytes, more) = try UnixSocket.receive(atMost: 65536, from: connection)
                line += bytes
                descriptors += more
                if bytes.isEmpty || line.count > longest || descriptors.count > 8 {
                    throw brokenOff
                }
            }
            return (try JSONDecoder().decode(type, from: Data(line)), descriptors)
        } catch let error as TaskError {
            throw error
        } catch is SystemError {
            throw brokenOff
        } catch {
            throw TaskError("the supervisor speaks another version: \(error)", next: "task stop, then task resume")
        }
    }
}
