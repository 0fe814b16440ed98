import CLinux
import Glibc

/// A thread for work that waits (pthreads(7)), with a stack that is as small as its work, and no signals: those are
/// for the threads that expect them.
public final class WorkerThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - stack: bytes of address space for its stack; memory is used only as far as the stack grows.
    ///   - body: what it does; the thread ends when it returns.
    public init(stack: Int, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stack)
        let context = Unmanaged.passRetained(Body(run: body))
        var started = pthread_t()
        let code = pthread_create(
            &started, &attributes,
            { context in
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_SETMASK, &all, nil)
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        if code != 0 {
            context.release()
            throw SystemError("start", "a thread", code: code)
        }
        handle = started
    }

    /// Waits until the thread has ended; called by the thread itself, lets it end later. Call this or `letGo`, once.
    public func finish() {
        if pthread_equal(handle, pthread_self()) != 0 {
            letGo()
        } else {
            pthread_join(handle, nil)
        }
    }

    /// Lets the thread end when it will, with nobody waiting for it.
    public func letGo() {
        pthread_detach(handle)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
