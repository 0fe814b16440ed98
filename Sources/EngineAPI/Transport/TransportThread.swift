import CCurl
import Glibc

/// The thread of a `Transport`.
enum TransportThread {
    /// Starts a detached thread, which does not keep the process alive and takes no signals.
    ///
    /// - Returns: nil, or why it cannot be started.
    static func start(_ mailbox: Mailbox) -> String? {
        if let obstacle { return obstacle }
        guard let loop = TransportLoop(mailbox) else { return failure }
        var everything = sigset_t()
        var before = sigset_t()
        sigfillset(&everything)
        pthread_sigmask(SIG_BLOCK, &everything, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<TransportLoop>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            return failure
        }
        pthread_detach(thread)
        return nil
    }

    /// Why libcurl, which the thread runs, cannot be used; nil where it can.
    static var obstacle: String? { ccurl_load().map { "libcurl cannot be used: \(String(cString: $0))" } }

    private static let failure = "the transport thread could not be started"
}
