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
                Subprocess(program, ["supervise", errand.rawValue, task.description], directory: "/"),
                input: .descriptor(wordInside), output: .descriptor(reportsInside), ownSession: true)
            self.word = word
            self.reports = reports
        } catch {
            throw TaskError(.noSandbox, "cannot start the supervisor: \(error)")
        }
    }

    /// Lets it begin. One that is let go without the word ends without having done anything.
    func begin() throws(TaskError) {
        do throws(SystemError) {
            try word.write([1])
        } catch {
            throw TaskError(.noSandbox, "cannot start the supervisor: \(error)")
        }
    }

    /// In the supervisor: waits for the word; false where it will not come.
    static func waitForWord() -> Bool {
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count == 1 { return true }
            if count == 0 || errno != EINTR { return false }
        }
    }

    /// Reads reports until the agent runs.
    ///
    /// - Throws: `TaskError` as reported, or where the supervisor died without a word.
    func waitUntilStarted(progress: (String) -> Void) throws(TaskError) {
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
            }
        }
    }

    /// Asks it to undo what it has begun; `waitUntilStarted` throws when it has.
    func abandon() {
        child.signal(SIGTERM)
    }
}
