import CLinux
import Glibc
import GuestProtocol

extension Guest {
    /// Starts the agent under tmux. The answer, `launched` or `failure`, is sent when tmux has said how it went.
    mutating func launch(_ launch: HostMessage.Launch, scrollback file: Int32, exitRecord record: Int32) {
        do throws(GuestError) {
            guard case .waiting = agent else { throw GuestError("an agent has been launched already") }
            guard termination == nil else { throw GuestError("the container is stopping") }
            try checkTools(launch.program)
            var status = stat()
            guard fstat(record, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw GuestError("the exit record is not a regular file")
            }
            let fresh = try Scrollback(file, limit: launch.scrollbackLimit)
            try writeProgram(launch.program)
            try startTmux(tmux.launch(launch.size), as: .launch, program: launch.program, input: null, seconds: 10)
            scrollback = fresh
            exitRecord = record
            agent = .launching
        } catch {
            close(file)
            close(record)
            refuse(0, error)
        }
    }

    private var ground: String { isOnHost ? "this machine" : "the image" }

    /// What tmux starts by itself would fail where nobody sees it.
    private func checkTools(_ program: Program) throws(GuestError) {
        guard isExecutable(Array("/bin/sh".utf8)) else {
            throw GuestError("\(ground) has no /bin/sh, which tmux needs")
        }
        guard program.candidates(forTool: "tmux").contains(where: isExecutable) else {
            throw GuestError("\(ground) has no tmux, which the agent runs in")
        }
    }

    /// access(2) asks for the real user, who is the agent's.
    private func isExecutable(_ path: [UInt8]) -> Bool {
        access(path.map { CChar(bitPattern: $0) } + [0], X_OK) == 0
    }

    /// Leaves the agent's directory and arguments where it can read but not change them.
    private func writeProgram(_ program: Program) throws(GuestError) {
        unlink(paths.program)
        let descriptor = Glibc.open(paths.program, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o400)
        guard descriptor >= 0 else { throw .system("make \(paths.program)") }
        defer { close(descriptor) }
        let bytes = Array(([program.directory] + program.arguments).map { $0 + [0] }.joined())
        guard writeAll(bytes, to: descriptor), fchmod(descriptor, 0o444) == 0 else {
            throw .system("write \(paths.program)")
        }
    }

    mutating func launchFinished(_ exit: AgentExit, _ output: [UInt8]) {
        guard case .launching = agent else { return }
        guard exit == .code(0), let report = LaunchReport(output) else {
            agent = .waiting
            scrollback?.finish()
            scrollback = nil
            if let exitRecord { close(exitRecord) }
            exitRecord = nil
            let words = printable(output.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }, atMost: 256)
            return refuse(0, GuestError("tmux did not start the agent: \(words)"))
        }
        agent = .running(Agent.Running(server: report.server, process: report.process, handle: open(report)))
        say(.launched(pid: UInt32(report.process)))
    }

    /// A descriptor of the agent's first process; nil if that is gone already and its number may be anyone's.
    private func open(_ report: LaunchReport) -> Int32? {
        let handle = task_pidfd_open(report.process)
        guard handle >= 0 else { return nil }
        // The handle is of this process for good, so asking for its parent only now is no race.
        guard parent(of: report.process) == report.server else {
            close(handle)
            return nil
        }
        return handle
    }
}
