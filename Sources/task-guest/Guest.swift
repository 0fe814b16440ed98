import CLinux
import Glibc
import GuestProtocol

/// The state of the first process. `Guest+….swift` hold what it does; each reacts to one kind of event and returns, so
/// nothing here ever waits but the one poll(2) in `run`.
struct Guest {
    let user: UInt32
    let group: UInt32
    let limits: CgroupLimits
    let paths: Paths
    let tmux: Tmux
    /// What the guest's own tmux clients run with.
    let tool: Program
    let signals: Signals
    /// The standard input of everything that has none.
    let null: Int32
    var output: Fifo

    var listeners: [OpenListener]
    var connection: Connection?
    var reconnection = Reconnection()
    var jobs: [pid_t: Job] = [:]
    var inputs: [HostMessage.Input] = []
    var agent = Agent.waiting
    var scrollback: Scrollback?
    var exitRecord: Int32?
    var termination: Termination?

    /// Prepares the sandbox. When it returns, no capability is left, and nothing has been read from anybody but the
    /// command line.
    init(startup: InitArguments) throws(GuestError) {
        guard getpid() == 1 else { throw GuestError("init must be the first process of a container") }
        user = startup.user
        group = startup.group
        try openStandardDescriptors()
        signals = try Signals(takingAnyones: false)
        try Loopback.configure()
        var listeners: [OpenListener] = []
        for listener in startup.listeners { listeners.append(try OpenListener(listener)) }
        self.listeners = listeners
        paths = .sandbox(user: user)
        try makeDirectories(paths, user: user, group: group)
        try giveDirectories(startup.owned, user: user, group: group)
        output = try Fifo(paths.output)
        output.enlarge()
        limits = .inForce()
        tmux = Tmux(guest: try executablePath(), paths: paths)
        tool = .tool()
        null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw .system("open /dev/null") }
        try dropPrivileges(user: user, group: group)
    }

    /// True where it runs beside the user's own programs, and nothing is isolated.
    var isOnHost: Bool { !paths.words.isEmpty }

    /// Serves until it is time to exit; returns the status to exit with.
    mutating func run() -> Int32 {
        while true {
            reconnectIfDue()
            if let status = advanceDeadlines() { return status }
            wait()
            if let number = signals.requestedEnd() { beginTermination(number) }
            reapChildren()
            watchAgent()
            readOutput()
            if serveConnection() { return 0 }
        }
    }

    /// Waits for any event, or the next deadline.
    private func wait() {
        var polled = [signals.descriptor, output.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        if let connection {
            let events = connection.hasUnsent ? POLLIN | POLLOUT : POLLIN
            polled.append(pollfd(fd: connection.descriptor, events: Int16(events), revents: 0))
        }
        if let watched = agent.watched { polled.append(pollfd(fd: watched, events: Int16(POLLIN), revents: 0)) }
        let timeout = nextDeadline.map { Int32(clamping: max(0, $0 - now())) } ?? -1
        poll(&polled, nfds_t(polled.count), timeout)
    }

    private var nextDeadline: Int64? {
        let own = [connection == nil ? reconnection.due : nil, agent.deadline, termination?.nextDeadline]
        return (own + jobs.values.map(\.deadline)).compactMap(\.self).min()
    }
}

/// Where this program is, whatever name it was started by.
private func executablePath() throws(GuestError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    guard length > 0, length < buffer.count else { throw .system("read /proc/self/exe") }
    let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // It becomes a word of tmux and shell commands, where other characters may mean something.
    guard path.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }) else {
        throw GuestError("unusable path of the guest: \(path)")
    }
    return path
}
