import CLinux
import Glibc
import GuestProtocol

/// A child of the guest's own, and what its end means.
struct Job {
    enum Kind: Equatable {
        case launch
        /// Asks tmux how the agent ended.
        case status
        case attach(request: UInt32)
        case input(request: UInt32)
        case exec(request: UInt32)
    }

    let kind: Kind
    /// When it is killed; nil for those that may run as long as they like.
    var deadline: Int64?
    /// What it prints, to be read at its end.
    var output: Int32?

    /// At most 4 KiB of what it printed. Closes the descriptor.
    func collectOutput() -> [UInt8] {
        guard let output else { return [] }
        defer { close(output) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(output, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}

/// How a child ended, wait(2).
struct WaitStatus {
    let exit: AgentExit

    init(_ status: Int32) {
        let signal = status & 0x7f
        exit = signal == 0 ? .code(UInt8(truncatingIfNeeded: status >> 8)) : .signal(UInt8(signal))
    }
}

extension Guest {
    /// How many jobs are of the wanted kind.
    func countJobs(_ matches: (Job.Kind) -> Bool) -> Int {
        jobs.values.reduce(0) { $0 + (matches($1.kind) ? 1 : 0) }
    }

    /// Starts tmux with its output in a pipe, read when it ends. `input` is its standard input.
    mutating func startTmux(
        _ arguments: [String], as kind: Job.Kind, program: Program, input: Int32, seconds: Int64
    ) throws(GuestError) {
        var ends: [Int32] = [-1, -1]
        guard task_pipe(&ends, O_NONBLOCK) == 0 else { throw .system("make a pipe") }
        defer { close(ends[1]) }
        do throws(GuestError) {
            let words = arguments.map { Array($0.utf8) }
            let child = Child(
                paths: program.candidates(forTool: "tmux"),
                program: Program(arguments: words, environment: program.environment, directory: program.directory),
                input: input, output: ends[1], error: ends[1])
            let process = try child.start(user: user, group: group)
            jobs[process] = Job(kind: kind, deadline: now() + seconds * 1000, output: ends[0])
        } catch {
            close(ends[0])
            throw error
        }
    }

    /// Takes in every child that ended, our own and those that were left to us, waitpid(2).
    mutating func reapChildren() {
        var status: Int32 = 0
        while true {
            let process = waitpid(-1, &status, WNOHANG)
            guard process > 0 else { return }
            let exit = WaitStatus(status).exit
            if let job = jobs.removeValue(forKey: process) {
                finish(job, exit)
            } else {
                orphanEnded(process, exit)
            }
        }
    }

    private mutating func finish(_ job: Job, _ exit: AgentExit) {
        let output = job.collectOutput()
        switch job.kind {
        case .launch: launchFinished(exit, output)
        case .status: statusAnswered(output)
        case .attach(let request): say(.detached(request: request))
        case .input(let request): inputFinished(request, exit, output)
        case .exec(let request): say(.execExited(request: request, exit))
        }
    }

    /// Kills jobs that took too long, and moves the agent's end and our own along. Returns the status to exit with when
    /// it is time to.
    mutating func advanceDeadlines() -> Int32? {
        let time = now()
        for (process, job) in jobs {
            guard let deadline = job.deadline, time >= deadline else { continue }
            kill(process, SIGKILL)
            jobs[process]?.deadline = nil
        }
        advanceEnding(time)
        return advanceTermination(time)
    }
}
