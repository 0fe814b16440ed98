import CCurl
import Glibc

/// What the transport thread does: it obeys commands, lets libcurl work, hands out ends, and sleeps. All of it, the
/// easy handles too, belongs to that one thread from `run` on.
final class TransportLoop {
    private let multi: UnsafeMutableRawPointer
    private let mailbox: Mailbox
    private var active: [ObjectIdentifier: EasyHandle] = [:]
    private let clock = ContinuousClock()

    /// How long the thread sleeps when there is nothing to do, in milliseconds.
    private static let longest: Int64 = 600_000

    init?(_ mailbox: Mailbox) {
        guard let multi = ccurl_multi_init() else { return nil }
        self.multi = multi
        self.mailbox = mailbox
        mailbox.attach(Mailbox.Alarm(multi))
    }

    deinit {
        mailbox.attach(nil)
        ccurl_multi_cleanup(multi)
    }

    func run() {
        while obey(mailbox.take()) {
            var running: Int32 = 0
            ccurl_multi_perform(multi, &running)
            reap()
            expire()
            sleep()
        }
        for handle in active.values { end(handle, .failure(.cancelled)) }
    }

    /// `false` when it is time to stop.
    private func obey(_ commands: [Command]) -> Bool {
        for command in commands {
            switch command {
            case .begin(let transfer, let socket, let path):
                begin(transfer, socket: socket, path: path)
            case .cancel(let transfer):
                if let handle = active[ObjectIdentifier(transfer)] { end(handle, .failure(.cancelled)) }
            case .resumeReceiving(let transfer):
                active[ObjectIdentifier(transfer)]?.resumeReceiving()
            case .resumeSending(let transfer):
                active[ObjectIdentifier(transfer)]?.resumeSending()
            case .stop:
                return false
            }
        }
        return true
    }

    private func begin(_ transfer: Transfer, socket: String, path: String) {
        let deadline = transfer.request.timeout.map { clock.now + $0 }
        let mailbox = mailbox
        guard
            let handle = EasyHandle(
                transfer, socket: socket, path: path, deadline: deadline,
                wake: { [weak transfer] in if let transfer { mailbox.post(.resumeSending(transfer)) } })
        else {
            let reason = UnreachableReason.failed("libcurl gave no handle")
            transfer.arrive { $0.finish(.failure(.unreachable(socket: path, reason: reason))) }
            return
        }
        active[ObjectIdentifier(transfer)] = handle
        ccurl_multi_add_handle(multi, handle.easy)
    }

    /// Hands out the ends that libcurl reports.
    private func reap() {
        var left: Int32 = 0
        while let message = ccurl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let handle = active.values.first(where: { $0.easy == easy })
            else { continue }
            end(handle, handle.outcome(of: message.pointee.data.result))
        }
    }

    /// Ends what has taken too long.
    private func expire() {
        let now = clock.now
        for handle in active.values where handle.isOverdue(now) {
            end(handle, .failure(handle.transfer.request.timedOut))
        }
    }

    private func end(_ handle: EasyHandle, _ outcome: Result<Void, EngineError>) {
        ccurl_multi_remove_handle(multi, handle.easy)
        active[ObjectIdentifier(handle.transfer)] = nil
        handle.close()
        handle.transfer.arrive { $0.finish(outcome) }
    }

    /// Sleeps until libcurl has something to do, a command comes, an upload's descriptor can be read or a deadline is
    /// near.
    private func sleep() {
        let waiting = active.values.filter { $0.starvingDescriptor != nil }
        var extra = waiting.map {
            curl_waitfd(fd: $0.starvingDescriptor ?? -1, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        }
        var milliseconds = Self.longest
        if let next = active.values.compactMap(\.pendingDeadline).min() {
            let left = min(next - clock.now, .milliseconds(Self.longest))
            let (seconds, attoseconds) = left.components
            // One more, so that it has passed when the thread wakes.
            milliseconds = max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
        }
        ccurl_multi_poll(multi, &extra, UInt32(extra.count), Int32(milliseconds), nil)
        for (handle, descriptor) in zip(waiting, extra) where descriptor.revents != 0 { handle.resumeSending() }
    }
}
