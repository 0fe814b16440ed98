import EngineAPI
import FoundationEssentials
import Glibc
import System
import TaskModel

/// What a supervisor tells the command that started it, a JSON object a line on its standard output, until the agent
/// runs or cannot. The pipe's end without either means that the supervisor died.
enum StartReport: Codable, Equatable, Sendable {
    /// A step that takes a while.
    case progress(String)
    /// A request to an engine, where those are to be told.
    case request(String)
    /// The agent runs.
    case started
    /// It does not, and what was begun has been undone.
    case failed(kind: Int32, message: String, next: String?)

    /// A failure for the user.
    static func failure(_ error: TaskError) -> StartReport {
        .failed(kind: error.exitCode, message: error.message, next: error.next)
    }

    /// The failure as it was.
    var error: TaskError? {
        guard case .failed(let code, let message, let next) = self else { return nil }
        return TaskError(code == 125 ? .noSandbox : code == 2 ? .usage : .failed, message, next: next)
    }
}

/// The writing end, in the supervisor.
struct StartReporter: Sendable {
    /// Writes a report; nobody may be listening any more.
    func report(_ report: StartReport) {
        guard let line = try? JSONEncoder().encode(report) else { return }
        let bytes = Array(line) + [UInt8(ascii: "\n")]
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    /// Lets the reader go: from now on, standard output leads nowhere.
    func close() {
        EngineTrace.watch(nil)
        if let null = try? Descriptor.open("/dev/null", O_WRONLY) { dup2(null.number, STDOUT_FILENO) }
    }
}
