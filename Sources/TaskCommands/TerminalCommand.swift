import CommandLineKit
import Glibc
import Supervision
import System
import TaskModel

/// `task terminal`: the window of the host's tmux. It copies between that window and the agent's pseudo-terminal, whose
/// master the supervisor hands over: no engine and no proxy is between.
enum TerminalCommand {
    static let command = Command(
        "terminal", summary: "Show an agent's screen in this very terminal", arguments: [taskArgument], isHidden: true,
        handler: serving { (invocation, service) async throws(TaskError) in
            let task = try service.task(invocation[taskArgument])
            let size = Terminal.size(of: STDIN_FILENO) ?? Terminal.Size()
            let terminal = try service.attach(task, size: size)
            do throws(SystemError) {
                let restore = try Terminal.makeRaw(STDIN_FILENO)
                defer { restore() }
                let resize = SignalWatch([SIGWINCH]) {
                    if let size = Terminal.size(of: STDIN_FILENO) { Terminal.setSize(size, of: terminal.number) }
                }
                try withExtendedLifetime(resize) { () throws(SystemError) in try relay(terminal) }
            } catch {
                throw TaskError(error.description)
            }
            return .success
        })

    /// Copies both ways until either side ends. A pseudo-terminal whose other end is closed reads as an error.
    private static func relay(_ terminal: Descriptor) throws(SystemError) {
        let user = Descriptor(owning: dup(STDIN_FILENO))
        let screen = Descriptor(owning: dup(STDOUT_FILENO))
        while true {
            var entries = [user, terminal].map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
            if poll(&entries, 2, -1) < 0 {
                if errno == EINTR { continue }
                return
            }
            if entries[1].revents != 0 {
                guard let bytes = try? terminal.read(atMost: 65536), !bytes.isEmpty else { return }
                try screen.write(bytes)
            }
            if entries[0].revents != 0 {
                guard let bytes = try? user.read(atMost: 65536), !bytes.isEmpty else { return }
                try terminal.write(bytes)
            }
        }
    }
}
