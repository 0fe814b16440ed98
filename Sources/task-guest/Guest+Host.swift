import CLinux
import Glibc
import GuestProtocol

// The guest on the host, where nothing is isolated: it gives the agent its terminal, output its file, and the supervisor
// its answers, as in a sandbox. What a container's end would do, it does itself: whatever the agent has started and left
// behind becomes its child, PR_SET_CHILD_SUBREAPER of prctl(2), and ends before it does.

extension Guest {
    /// How long it is tried to end what the agent has left: someone else's processes cannot be, for instance.
    private static let lastPatience: Int64 = 5000

    /// Takes the working directory, which is one of the task's, as the place for all that it makes.
    init(onHost: Void) throws(GuestError) {
        user = getuid()
        group = getgid()
        try openStandardDescriptors()
        signals = try Signals(takingAnyones: true)
        guard task_prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 else { throw .system("become a subreaper") }
        let number = getpid()
        paths = .host(guest: number)
        for path in [paths.output, paths.drain] {
            unlink(path)
            guard mkfifo(path, 0o600) == 0 else { throw .system("make \(path)") }
        }
        listeners = []
        output = try Fifo(paths.output)
        output.enlarge()
        limits = .inForce()
        // By this path no other program can take its place, whatever is installed meanwhile.
        tmux = Tmux(guest: "/proc/\(number)/exe", paths: paths)
        tool = .tool(path: getenv("PATH").map { String(cString: $0) })
        null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw .system("open /dev/null") }
    }

    /// Kills what is left of the agent, generation by generation: whoever loses its parent becomes this process's child,
    /// and only a child's number is sure to be still its own.
    func endEverything() {
        let deadline = now() + Self.lastPatience
        while now() < deadline {
            for process in ownChildren() { kill(process, SIGKILL) }
            var last: pid_t = 0
            repeat { last = waitpid(-1, nil, WNOHANG) } while last > 0
            if last < 0, errno == ECHILD { return }
            usleep(2000)
        }
        complain("something that the agent has started cannot be ended")
    }

    private func ownChildren() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        let own = getpid()
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(name), parent(of: process) == own { found.append(process) }
        }
        return found
    }
}

/// The fourth field of /proc/PID/stat, proc_pid_stat(5), counted from behind the name's last parenthesis.
func parent(of process: pid_t) -> pid_t? {
    guard let line = contents(of: "/proc/\(process)/stat", atMost: 4096),
        let end = line.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = line[(end + 1)...].split(separator: UInt8(ascii: " "))
    return fields.count > 1 ? pid_t(String(decoding: fields[1], as: UTF8.self)) : nil
}
