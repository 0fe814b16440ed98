import Glibc

/// Where things are that the guest and its helpers share.
struct Paths {
    /// The supervisor's socket.
    let control: String
    /// A FIFO that tmux copies the agent's terminal output to.
    let output: String
    /// A FIFO that nothing is ever written to: who reads it learns by its hang-up that the last output has been made.
    let drain: String
    /// The agent's working directory and arguments, each ended by a NUL.
    let program: String
    /// The tmux server's socket.
    let terminalServer: String
    /// What `agent` and `copy` get on their command lines to find the same: nothing, or a number.
    let words: [String]

    /// Inside a sandbox: owned by root, searchable by all. What the agent may write to but not replace is here.
    static let directory = "/run/guest"
    static func runtime(of user: UInt32) -> String { "/run/user/\(user)" }

    /// In every sandbox the same; the directory that the supervisor shares with the guest holds its socket.
    static func sandbox(user: UInt32) -> Paths {
        Paths(
            control: "/run/task/control.sock", output: "\(directory)/output", drain: "\(directory)/drain",
            program: "\(directory)/program", terminalServer: "\(runtime(of: user))/tmux", words: [])
    }

    /// On the host everything is in the guest's working directory, which is one of the task's. It is reached by the
    /// guest's number: sockets' paths have a limit (unix(7)) that a user's directories may exceed, and a number is all
    /// that becomes a word of tmux and shell commands.
    static func host(guest: pid_t) -> Paths {
        let directory = "/proc/\(guest)/cwd"
        return Paths(
            control: "\(directory)/control.sock", output: "\(directory)/output", drain: "\(directory)/drain",
            program: "\(directory)/program", terminalServer: "\(directory)/tmux", words: ["\(guest)"])
    }

    /// Those of the guest that has started this helper, by its words.
    init(helper words: [String]) throws(GuestError) {
        guard let word = words.first else {
            self = .sandbox(user: 0)
            return
        }
        guard words.count == 1, let guest = pid_t(word), guest > 1 else {
            throw GuestError("not the number of a guest: \(word)")
        }
        self = .host(guest: guest)
    }

    private init(
        control: String, output: String, drain: String, program: String, terminalServer: String, words: [String]
    ) {
        self.control = control
        self.output = output
        self.drain = drain
        self.program = program
        self.terminalServer = terminalServer
        self.words = words
    }
}
