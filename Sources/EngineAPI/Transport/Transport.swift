import CCurl
import Glibc
import Synchronization

/// Requests over one Unix socket. One thread, started by the first request and ended with this object, owns libcurl's
/// multi handle and everything on it; tasks only post commands to it.
final class Transport: Sendable {
    private let address: SocketAddress
    private let mailbox = Mailbox()
    private let isStarted = Mutex(false)

    init(_ address: SocketAddress) {
        self.address = address
    }

    deinit { mailbox.post(.stop) }

    /// Sends a request and waits for the head of its reply.
    func open(_ request: Request) async throws(EngineError) -> ResponseStream {
        guard let name = address.dialable else { throw .unreachable(socket: address.path, reason: .missing) }
        try start()
        let began = EngineTrace.begin()
        let transfer = Transfer(request)
        mailbox.post(.begin(transfer, socket: name, path: address.path))
        await waiting(for: transfer) { $0.isAnswered }
        let (head, outcome) = transfer.look { ($0.head, $0.outcome) }
        EngineTrace.end(began, address.path, request.route, status: head?.status)
        if case .failure(let error) = outcome { throw error }
        guard let head else { throw .malformed(route: request.route, what: "no status line") }
        return ResponseStream(head: head, transfer, self)
    }

    /// Waits for a transfer; cancelling the task ends the transfer, which ends the waiting.
    func waiting(for transfer: Transfer, until isReady: (Exchange) -> Bool) async {
        await withTaskCancellationHandler {
            await transfer.wait(until: isReady)
        } onCancel: {
            cancel(transfer)
        }
    }

    func cancel(_ transfer: Transfer) { mailbox.post(.cancel(transfer)) }

    func resumeReceiving(_ transfer: Transfer) { mailbox.post(.resumeReceiving(transfer)) }

    private func start() throws(EngineError) {
        let problem: String? = isStarted.withLock { isStarted in
            if isStarted { return nil }
            let problem = TransportThread.start(mailbox)
            isStarted = problem == nil
            return problem
        }
        if let problem { throw .unreachable(socket: address.path, reason: .failed(problem)) }
    }
}

/// What tasks ask of the transport thread.
enum Command: Sendable {
    case begin(Transfer, socket: String, path: String)
    case cancel(Transfer)
    case resumeReceiving(Transfer)
    case resumeSending(Transfer)
    case stop
}

/// Commands on their way to the transport thread, which posting one wakes.
final class Mailbox: Sendable {
    private struct State {
        var commands: [Command] = []
        var alarm: Alarm?
    }

    private let state = Mutex(State())

    /// Posts a command; after the thread's end, or before its start, it waits in vain, and nothing else happens.
    func post(_ command: Command) {
        state.withLock { state in
            state.commands.append(command)
            state.alarm?.ring()
        }
    }

    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Says whom to wake. The thread takes itself out before the handle goes.
    func attach(_ alarm: Alarm?) {
        state.withLock { $0.alarm = alarm }
    }

    /// A multi handle for the one thing that any thread may do with it: `curl_multi_wakeup(3)`.
    struct Alarm: @unchecked Sendable {
        private let multi: UnsafeMutableRawPointer

        init(_ multi: UnsafeMutableRawPointer) {
            self.multi = multi
        }

        func ring() { ccurl_multi_wakeup(multi) }
    }
}
