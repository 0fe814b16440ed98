import Glibc
import GuestProtocol

/// When to try the socket again: at once, then ever less often, but always within a second.
struct Reconnection {
    private(set) var due: Int64 = 0
    private var delay: Int64 = 20

    mutating func postpone() {
        due = now() + delay
        delay = min(delay * 2, 1000)
    }

    mutating func succeed() {
        delay = 20
    }
}

extension Guest {
    private static let messagesAtOnce = 64

    mutating func reconnectIfDue() {
        guard connection == nil, now() >= reconnection.due else { return }
        reconnection.postpone()
        guard let fresh = Connection(to: paths.control) else { return }
        connection = fresh
        let hello = Hello(
            guestVersion: TaskGuest.version, listeners: listeners.map(\.listener), limits: limits, agent: agent.status)
        say(.hello(hello), listeners.map(\.descriptor), closing: false)
    }

    /// Sends a message to the supervisor of the moment. Without one it is dropped: the next one's `hello` says how the
    /// agent is, and everything else concerned nobody but the one who asked.
    mutating func say(_ message: GuestMessage, _ descriptors: [Int32] = [], closing: Bool = true) {
        guard connection != nil else {
            if closing { descriptors.forEach { close($0) } }
            return
        }
        do {
            try connection?.send(message, descriptors, closing: closing)
        } catch {
            disconnect()
        }
    }

    mutating func refuse(_ request: UInt32, _ error: GuestError) {
        say(.failure(request: request, reason: error.reason))
    }

    /// Sends what waits and does what is asked; true once that is to exit.
    mutating func serveConnection() -> Bool {
        do {
            try connection?.flush()
            for _ in 0..<Self.messagesAtOnce {
                guard let (message, descriptors) = try connection?.receive() else { return false }
                reconnection.succeed()
                if case .end = message { return true }
                handle(message, descriptors)
            }
        } catch {
            disconnect()
        }
        return false
    }

    /// What a supervisor asked for ends with its connection: its commands are killed here, and its terminals hang up
    /// when it closes them.
    private mutating func disconnect() {
        connection?.close()
        connection = nil
        inputs = []
        reconnection.postpone()
        for (process, job) in jobs {
            if case .exec = job.kind { kill(-process, SIGKILL) }
        }
    }

    private mutating func handle(_ message: HostMessage, _ descriptors: [Int32]) {
        switch message {
        case .launch(let launch): self.launch(launch, scrollback: descriptors[0], exitRecord: descriptors[1])
        case .attach(let attach): openTerminal(attach)
        case .input(let input): enqueue(input)
        case .signal(let request, let number): signalAgent(request, Int32(number))
        case .exec(let request, let program): execute(request, program)
        case .cancelExec(let request): cancel(request)
        case .listen(let request, let port): listen(request, on: port)
        case .end: break
        }
    }
}
