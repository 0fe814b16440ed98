import CLinux
import Glibc
import Synchronization

/// The whole screen of the terminal that a person sits at, taken over and given back as it was.
///
/// It asks for nothing that needs a description of the terminal: the other screen, the cursor, wrapping and marks around
/// pasted text are switched by sequences that terminals either know or pass over (xterm's ctlseqs, DEC private modes).
public final class TerminalScreen: Sendable {
    // The other screen, no cursor, no wrapping, marks around what is pasted, all clear.
    private static let entering = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[?2004h\u{1B}[0m\u{1B}[2J\u{1B}[H"
    private static let leaving = "\u{1B}[0m\u{1B}[2J\u{1B}[H\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
    private let restore = Mutex<(@Sendable () -> Void)?>(nil)

    /// The screen of standard input and output; nothing happens to it yet.
    public init() {}

    deinit { leave() }

    /// Takes the screen: what is typed comes key by key and unseen. No more happens where it is taken already.
    public func enter() throws(SystemError) {
        if restore.withLock({ $0 != nil }) { return }
        let undo = try Terminal.makeRaw(STDIN_FILENO)
        restore.withLock { $0 = undo }
        write(Self.entering)
    }

    /// Gives the screen back: what stood there before stands there again. May be called at any time, from any thread.
    public func leave() {
        let undo = restore.withLock { restore in
            defer { restore = nil }
            return restore
        }
        guard let undo else { return }
        write(Self.leaving)
        undo()
    }

    /// Gives the screen back and stops this process as Ctrl-Z does; comes back, with the screen not yet taken again, when
    /// it goes on. Where no shell could make it go on (an orphaned process group, setpgid(2)) it goes on at once.
    public func suspend() {
        leave()
        let handler = signal(SIGTSTP, SIG_DFL)
        var stop = sigset_t()
        sigemptyset(&stop)
        sigaddset(&stop, SIGTSTP)
        pthread_sigmask(SIG_UNBLOCK, &stop, nil)
        raise(SIGTSTP)
        _ = signal(SIGTSTP, handler)
    }

    /// Writes to the terminal. One that has gone away is not complained about here: reading from it ends.
    public func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                // Another program made the terminal's descriptor non-blocking.
                var entry = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, 1000)
            } else if errno != EINTR {
                return
            }
        }
    }
}
