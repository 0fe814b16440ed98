import CCurl
import Glibc

/// The thread of a `Transport`.
enum TransportThread {
    /// `curl_global_init(3)`, once for the process.
    private static let isCurlReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Starts a detached thread, which does not keep the process alive and takes no signals. `false` where it cannot.
    static func start(_ mailbox: Mailbox) -> Bool {
        guard isCurlReady, let loop = TransportLoop(mailbox) else { return false }
        var everything = sigset_t()
        var before = sigset_t()
        sigfillset(&everything)
        pthread_sigmask(SIG_BLOCK, &everything, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<TransportLoop>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, start.toOpaque())
        guard failure == 0 else {
            start.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
