import FoundationEssentials
import Glibc
import Supervision
import System
import TaskModel
import TaskStore

/// The user's window on an agent: a tmux of our own on the host, whose window shows the agent's screen. It stands
/// between what the agent prints and the user's terminal: no control sequence passes but what tmux itself draws.
struct HostTerminal {
    let service: TaskService
    let task: TaskDirectory

    /// tmux with our settings, whatever the user's own are.
    private static let settings = """
        set -g set-clipboard off
        set -gq allow-passthrough off
        set -g set-titles off
        set -g allow-rename off
        set -g escape-time 0
        set -g mouse on
        set -g history-limit 10000
        set -g default-terminal tmux-256color
        set -ga terminal-overrides ",*:Tc"
        set -g status-left " task #{session_name} #{?@unsafe,#[bg=red#,fg=white#,bold] UNSAFE: nothing isolates it #[default],}"
        set -g status-left-length 100
        set -g status-right " C-b d leaves it running "
        set -g status-style "bg=colour236,fg=colour252"
        setw -g window-status-format ""
        setw -g window-status-current-format ""
        set -g destroy-unattached off
        set -g detach-on-destroy on

        """

    /// Attaches, and comes back when the user has left or the agent has ended.
    func run() throws(TaskError) {
        let settings = "\(service.store.root)/tmux.conf"
        var environment = ProcessEnvironment.current
        // A tmux of the user's own around us is none of our business.
        environment["TMUX"] = nil
        environment["TMUX_PANE"] = nil
        let program = try service.program()
        let isUnsafe = try task.readRecord().currentState.isUnsafe
        do throws(SystemError) {
            if try (Files.exists(settings) ? Files.read(settings) : []) != Array(Self.settings.utf8) {
                try Files.replace(settings, with: Array(Self.settings.utf8))
            }
            let tmux = Subprocess(
                "tmux",
                [
                    "-L", label, "-f", settings, "new-session", "-A", "-s", task.id.description, program, "terminal",
                    task.id.description, ";", "set-option", "@unsafe", isUnsafe ? "1" : "",
                ], environment: environment)
            signal(SIGINT, SIG_IGN)
            let status = try ChildProcess(tmux, input: .inherit, output: .inherit, errors: .inherit).wait()
            guard status == .code(0) else {
                throw SystemError("attach with", "tmux (\(status))", code: EIO)
            }
        } catch {
            let next = error.code == ENOENT ? "sudo apt-get install tmux" : "task logs \(task.id)"
            throw TaskError(error.description, next: next)
        }
    }

    /// One tmux server per state directory; the usual one has the plain name, so that `tmux -L task` finds it.
    private var label: String {
        let usual =
            "\(Directories(environment: ["HOME": Directories(environment: ProcessEnvironment.current).home]).state)"
        return service.store.root == usual ? "task" : "task-\(SHA256.hex(service.store.root.utf8).prefix(8))"
    }
}
