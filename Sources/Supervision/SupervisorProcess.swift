import EngineAPI
import FoundationEssentials
import Glibc
import System
import TaskModel
import TaskStore

/// Why a supervisor is started.
enum SupervisorErrand: String, Sendable {
    /// A task was just made.
    case start = "--start"
    /// A task that ended goes on.
    case resume = "--resume"
    /// An earlier supervisor died, or work was left behind.
    case recover = "--recover"
}

/// `task supervise`, in a session of its own so that it outlives the terminal. It is started before it is needed, for
/// loading a program takes longer than anything that it does first, and waits for the word to begin.
struct SupervisorProcess {
    let child: ChildProcess
    private let word: Descriptor
    private let reports: Descriptor

    init(program: String, task: TaskID, errand: SupervisorErrand) throws(TaskError) {
        do throws(SystemError) {
            let (wordInside, word) = try Descriptor.pipe()
            let (reports, reportsInside) = try Descriptor.pipe()
            child = try ChildProcess(
                Subprocess(
                    program,
                    ["supervise", errand.rawValue, task.description] + (EngineTrace.isWatched ? ["--verbose"] : []),
                    directory: "/"),
                input: .descriptor(wordInside), output: .descriptor(reportsInside), ownSession: true)
            self.word = word
            self.reports = reports
        } catch {
            throw TaskError(.noSandbox, "cannot start the supervisor: \(error)")
        }
    }

    /// Lets it begin. One that is let go without the word ends without having done anything.
    ///
    /// - Parameter secrets: values of variables that stand in no file and in nobody's environment.
    func begin(secrets: [String: String] = [:]) throws(TaskError) {
        let text = secrets.map { Array("\($0.key)=\($0.value)".utf8) + [0] }.joined()
        do throws(SystemError) {
            try word.write([1] + (0..<4).map { UInt8(truncatingIfNeeded: text.count >> ($0 * 8)) } + text)
        } catch {
            throw TaskError(.noSandbox, "cannot start the supervisor: \(error)")
        }
    }

    /// In the supervisor: waits for the word, and the secrets that come with it; nil where it will not come.
    static func waitForWord() -> [String: String]? {
        guard let head = receive(5) else { return nil }
        let count = (1...4).reduce(0) { $0 | Int(head[$1]) << (($1 - 1) * 8) }
        guard let text = receive(count) else { return nil }
        var secrets: [String: String] = [:]
        for entry in text.split(separator: 0) {
            let pair = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            secrets[String(decoding: pair[0], as: UTF8.self)] = String(decoding: pair[1], as: UTF8.self)
        }
        return secrets
    }

    /// So many bytes from standard input; nil where it ends before.
    private static func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let more = bytes[filled...].withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if more == 0 || more < 0 && errno != EINTR { return nil }
            filled += max(0, more)
        }
        return bytes
    }

    /// Reads reports until the agent runs.
    ///
    /// - Throws: `TaskError` as reported, or where the supervisor died without a word.
    func waitUntilStarted(
        progress: (String) -> Void, request: (String) -> Void = { _ in }
    ) throws(TaskError) {
        var pending: [UInt8] = []
        while true {
            let chunk = (try? reports.read(atMost: 4096)) ?? []
            if chunk.isEmpty {
                throw TaskError(
                    .noSandbox, "the supervisor ended without a word", next: "task list")
            }
            pending += chunk
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(pending[..<end])
                pending.removeSubrange(...end)
                guard let report = try? JSONDecoder().decode(StartReport.self, from: line) else { continue }
                if let error = report.error { throw error }
                if report == .started { return }
                if case .progress(let text) = report { progress(text) }
                if case .request(let text) = report { request(text) }
            }
        }
    }

    /// Asks it to undo what it has begun; `waitUntilStarted` throws when it has.
    func abandon() {
        child.signal(SIGTERM)
    }
}
