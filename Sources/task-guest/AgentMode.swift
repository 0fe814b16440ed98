import CLinux
import Glibc
import GuestProtocol

/// `task-guest agent [PID]`: what tmux starts in the agent's terminal. It starts the agent, whose arguments have never been on
/// a command line: no shell and no tmux has had the chance to interpret a word of them.
///
/// It stays until tmux has read all of the agent's output, and only then ends like the agent did. For a tmux that learns
/// of the end while the kernel still holds output closes the terminal, and that output is lost.
func runAgent(_ paths: Paths) throws(GuestError) {
    let words = try readProgram(paths.program)
    var all = sigset_t()
    var inherited = sigset_t()
    sigfillset(&all)
    sigprocmask(SIG_SETMASK, &all, &inherited)
    let process = task_fork()
    guard process >= 0 else { throw .system("start \(printable(words[0], atMost: 256))") }
    if process == 0 {
        // Whoever kills this process means the agent.
        task_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL), 0, 0, 0)
        sigprocmask(SIG_SETMASK, &inherited, nil)
        throw becomeAgent(words)
    }
    let end = waitForAgent(process, &all)
    if !end.isHungUp { closeTerminal() }
    endLike(end.status)
}

/// Enters the agent's directory and returns its arguments.
private func readProgram(_ path: String) throws(GuestError) -> [[UInt8]] {
    guard let file = contents(of: path, atMost: 2 << 20) else { throw .system("read \(path)") }
    var words = file.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
    // Every word is ended by a NUL, so the last piece is what follows the last one: nothing.
    guard words.popLast() == [], words.count >= 2 else { throw GuestError("malformed \(path)") }
    let directory = words.removeFirst()
    guard chdir(directory.map { CChar(bitPattern: $0) } + [0]) == 0 else {
        throw .system("enter \(printable(directory, atMost: 256))")
    }
    return words
}

/// Returns only if that fails, with the statuses of a shell: 127 for what does not exist, 126 for what cannot be run.
private func becomeAgent(_ words: [[UInt8]]) -> GuestError {
    withCStrings(words) { arguments in
        if let name = arguments[0] { _ = execvp(name, arguments) }
    }
    let code = errno
    let reason = "cannot run \(printable(words[0], atMost: 256)): \(String(cString: strerror(code)))"
    return GuestError(reason, exitCode: code == ENOENT ? 127 : 126)
}

/// Passes signals on until the agent ends. What the terminal sends goes to the whole foreground group and so to the
/// agent too, but its hang-up only to the leader of the session, which is this process.
private func waitForAgent(_ process: pid_t, _ signals: inout sigset_t) -> (status: Int32, isHungUp: Bool) {
    var isHungUp = false
    while true {
        var info = siginfo_t()
        let number = sigwaitinfo(&signals, &info)
        let isFromTerminal = info.si_code == SI_KERNEL
        if number == SIGCHLD {
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process { return (status, isHungUp) }
        } else if number == SIGHUP || (number > 0 && !isFromTerminal) {
            isHungUp = isHungUp || (number == SIGHUP && isFromTerminal)
            kill(process, number)
        }
    }
}

/// With nobody left who could write to it, tmux reads the terminal to its end and closes it, which hangs it up. Not
/// waited for without bound: something that the agent left behind may keep it open.
private func closeTerminal() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { close(descriptor) }
    var hangUp = sigset_t()
    sigemptyset(&hangUp)
    sigaddset(&hangUp, SIGHUP)
    var patience = timespec(tv_sec: 2, tv_nsec: 0)
    _ = sigtimedwait(&hangUp, nil, &patience)
}

private func endLike(_ status: Int32) -> Never {
    guard case .signal(let number) = WaitStatus(status).exit else { exit(status >> 8 & 0xff) }
    // It was the agent that crashed, if it did: no core dump of this process.
    task_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    var only = sigset_t()
    sigemptyset(&only)
    sigaddset(&only, Int32(number))
    kill(getpid(), Int32(number))
    sigprocmask(SIG_UNBLOCK, &only, nil)
    exit(128 + Int32(number))
}
