import GuestProtocol

/// The commands that are given to tmux, tmux(1). Nothing that anybody else chose is ever a word of them but numbers.
struct Tmux {
    /// The absolute path of this program, which starts the agent in the pane.
    let guest: String
    let paths: Paths

    /// The agent's pane: the first of a server is always this.
    static let pane = "%0"
    private static let session = "agent"

    /// What new-session prints: the server, the pane, the process in it.
    static let report = "#{pid}:#{pane_id}:#{pane_pid}"

    /// Starts the server and the agent, in one sequence: tmux reads from the pane only once the whole of it is done,
    /// so the copier misses no byte.
    func launch(_ size: TerminalSize) -> [String] {
        let options = [
            ["prefix", "None"], ["prefix2", "None"], ["status", "off"], ["remain-on-exit", "on"],
            ["history-limit", "50000"], ["escape-time", "0"], ["default-terminal", "tmux-256color"],
            ["set-clipboard", "off"], ["allow-rename", "off"], ["automatic-rename", "off"], ["set-titles", "off"],
            ["window-size", "latest"], ["focus-events", "on"],
        ]
        var commands = [["start-server"]]
        commands += options.map { ["set-option", "-g"] + $0 }
        commands += [
            [
                "new-session", "-d", "-s", Self.session, "-x", "\(size.columns)", "-y", "\(size.rows)", "-P", "-F",
                Self.report, guest, "agent",
            ] + paths.words,
            ["pipe-pane", "-o", "-t", Self.pane, (["exec", guest, "copy"] + paths.words).joined(separator: " ")],
            ["set-option", "-g", "exit-empty", "off"],
        ]
        return ["tmux", "-u", "-S", socket, "-f", "/dev/null"] + Array(commands.joined(separator: [";"]))
    }

    /// A client on the terminal that is its standard input.
    var attach: [String] { client + ["attach-session", "-t", Self.session] }

    /// Prints a ``PaneStatus``.
    var status: [String] { client + ["display-message", "-p", "-t", Self.pane, PaneStatus.format] }

    /// Pastes standard input, bracketed if the agent asked for that, and perhaps presses Enter.
    func input(paste: Bool, enter: Bool) -> [String] {
        let buffer = ["-b", "task"]
        var commands: [[String]] = []
        if paste {
            commands.append(["load-buffer"] + buffer + ["-"])
            commands.append(["paste-buffer", "-p", "-d"] + buffer + ["-t", Self.pane])
        }
        if enter { commands.append(["send-keys", "-t", Self.pane, "Enter"]) }
        return client + Array(commands.joined(separator: [";"]))
    }

    private var client: [String] { ["tmux", "-u", "-S", socket, "-N"] }
    private var socket: String { paths.terminalServer }
}

/// What tmux printed after it launched the agent.
struct LaunchReport: Equatable {
    let server: Int32
    let process: Int32

    init?(_ bytes: [UInt8]) {
        let fields =
            String(decoding: bytes.prefix(64), as: UTF8.self).split(separator: "\n").first?.split(separator: ":") ?? []
        guard fields.count == 3, fields[1] == Tmux.pane, let server = Int32(fields[0]), let process = Int32(fields[2]),
            server > 1, process > 1
        else { return nil }
        self.server = server
        self.process = process
    }
}

/// What tmux says of the pane of an agent that has died.
struct PaneStatus: Equatable {
    /// The terminal is closed, and all that came out of it has been passed on.
    let isDead: Bool
    /// How the agent ended; tmux may close the terminal a moment before it knows. Before version 3.3 it does not know
    /// signals at all.
    let exit: AgentExit

    static let format = "#{pane_dead}:#{pane_dead_status}:#{pane_dead_signal}"

    init?(_ bytes: [UInt8]) {
        let line = String(decoding: bytes.prefix(64), as: UTF8.self).split(separator: "\n").first ?? ""
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count == 3 else { return nil }
        isDead = fields[0] == "1"
        if let code = UInt8(fields[1]) {
            exit = .code(code)
        } else if let number = UInt8(fields[2]), Bounds.signals.contains(number) {
            exit = .signal(number)
        } else {
            exit = .unknown
        }
    }
}
