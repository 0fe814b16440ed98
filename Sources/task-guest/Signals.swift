import CLinux
import Glibc

/// The signals of the first process, read from a descriptor, signalfd(2).
struct Signals {
    let descriptor: Int32
    /// Whether a wish to end counts whoever has it: on the host its user's does, in a sandbox only that of someone outside.
    private let takesAnyones: Bool

    /// Those that ask for an orderly end.
    private static let endings: Set<UInt32> = [UInt32(SIGTERM), UInt32(SIGINT), UInt32(SIGQUIT), UInt32(SIGHUP)]

    /// Blocks every signal, so that none but those read here has any effect.
    init(takingAnyones: Bool) throws(GuestError) {
        takesAnyones = takingAnyones
        var all = sigset_t()
        sigfillset(&all)
        guard sigprocmask(SIG_SETMASK, &all, nil) == 0 else { throw .system("block signals") }
        var read = sigset_t()
        sigemptyset(&read)
        sigaddset(&read, SIGCHLD)
        for number in Self.endings { sigaddset(&read, Int32(number)) }
        descriptor = signalfd(-1, &read, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK))
        guard descriptor >= 0 else { throw .system("take signals") }
    }

    /// Empties the queue. Children are looked for after every call, so only a wish to end is reported: the signal that
    /// someone outside the container sent. The agent may signal this process too, but the kernel gives such a signal a
    /// sender (si_pid), and one that claims to have none is a queued signal (si_code below 0), rt_sigqueueinfo(2).
    func requestedEnd() -> Int32? {
        var end: Int32?
        var info = signalfd_siginfo()
        while read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
            let isFromOutside = info.ssi_pid == 0 && (info.ssi_code == SI_USER || info.ssi_code == SI_KERNEL)
            if Self.endings.contains(info.ssi_signo), isFromOutside || takesAnyones {
                end = Int32(info.ssi_signo)
            }
        }
        return end
    }
}
