import Dispatch
import GuestProtocol
import Synchronization
import System
import TaskModel

/// The supervisor's end of the line to the guest: listens, lets in PID 1 of the task's container and nobody else,
/// matches answers to requests. Everything that arrives is hostile until decoded.
final class GuestLink: Sendable {
    /// What the supervisor learns without having asked.
    enum Notice: Sendable {
        /// The guest connected, for the first time or again.
        case connected(Hello, listeners: [Descriptor])
        /// It launched the agent, reports its end, or that it failed.
        case message(GuestMessage)
        /// The connection is gone.
        case disconnected
    }

    private struct State: ~Copyable {
        var guest: Int32?
        var waiting: [Descriptor] = []
        var current: GuestConnection?
    }

    private let listener: Descriptor
    private let state = Mutex(State())
    private let notify: @Sendable (Notice) -> Void

    /// Listens at the task's control socket.
    init(path: String, notify: @escaping @Sendable (Notice) -> Void) throws(TaskError) {
        do throws(SystemError) {
            // Any user may connect, because inside the sandbox the guest is another one; only one process is let in.
            listener = try UnixSocket.listen(at: path, mode: 0o666)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
        self.notify = notify
    }

    /// Starts to accept.
    func open() {
        DispatchQueue(label: "guest").async { [self] in
            while let connection = try? UnixSocket.accept(listener) {
                arrived(connection)
            }
        }
    }

    /// Lets in the process of this number; connections that came before it was known are looked at now.
    func admit(_ pid: Int32) {
        let waiting = state.withLock { state in
            state.guest = pid
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach(arrived)
    }

    /// Lets no one in any more, and drops who is.
    func refuseAll() {
        let current = state.withLock { state in
            state.guest = nil
            state.waiting = []
            defer { state.current = nil }
            return state.current
        }
        current?.shutDown()
    }

    /// True while the guest is connected.
    var isConnected: Bool { connection != nil }

    /// Sends a message that needs no answer.
    func send(_ message: HostMessage, descriptors: [Descriptor] = []) throws(TaskError) {
        try requireConnection().send(message, descriptors: descriptors)
    }

    /// Sends a request; what the guest says about it comes as a stream, which ends when the connection does.
    func request(
        _ make: (_ request: UInt32) -> HostMessage
    ) throws(TaskError) -> (request: UInt32, answers: AsyncStream<GuestAnswer>) {
        try requireConnection().request(make)
    }

    /// Sends a request that is simply done or not.
    func perform(_ make: (_ request: UInt32) -> HostMessage) async throws(TaskError) {
        let (_, answers) = try request(make)
        for await answer in answers {
            if case .acknowledged = answer.message { return }
            if case .failure(_, let reason) = answer.message {
                throw TaskError("the guest refused: \(PlainText.line(reason))")
            }
        }
        throw TaskError("the connection to the sandbox broke off", next: "task list")
    }

    private var connection: GuestConnection? { state.withLock { $0.current } }

    private func requireConnection() throws(TaskError) -> GuestConnection {
        guard let connection else { throw TaskError("the sandbox is not connected", next: "task list") }
        return connection
    }

    private func arrived(_ descriptor: Descriptor) {
        guard let pid = try? UnixSocket.peer(of: descriptor).pid else { return }
        let connection: GuestConnection? = state.withLock { state in
            guard let guest = state.guest else {
                if state.waiting.count < 16 { state.waiting.append(descriptor) }
                return nil
            }
            // Whoever else is inside may knock as often as it likes.
            guard pid == guest else { return nil }
            let connection = GuestConnection(descriptor)
            state.current = connection
            return connection
        }
        guard let connection else { return }
        DispatchQueue(label: "guest-reader").async { [self] in
            connection.read(notify)
            let wasCurrent = state.withLock { state in
                guard state.current === connection else { return false }
                state.current = nil
                return true
            }
            connection.finish()
            if wasCurrent { notify(.disconnected) }
        }
    }
}

/// Part of the answer to a request.
struct GuestAnswer: Sendable {
    let message: GuestMessage
    let descriptors: [Descriptor]
}
