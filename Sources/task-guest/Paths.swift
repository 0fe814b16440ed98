/// Where things are inside every sandbox.
enum Paths {
    /// The directory that the supervisor shares with the guest holds its socket.
    static let control = "/run/task/control.sock"

    /// Owned by root, searchable by all: what the agent may write to but not replace.
    static let directory = "/run/guest"
    /// A FIFO that tmux copies the agent's terminal output to.
    static let output = "/run/guest/output"
    /// A FIFO that nothing is ever written to: who reads it learns by its hang-up that the last output has been made.
    static let drain = "/run/guest/drain"
    /// The agent's working directory and arguments, each ended by a NUL.
    static let program = "/run/guest/program"

    static func runtime(of user: UInt32) -> String { "/run/user/\(user)" }
    static func terminalServer(of user: UInt32) -> String { "/run/user/\(user)/tmux" }
}
