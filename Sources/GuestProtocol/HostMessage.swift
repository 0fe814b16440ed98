/// What the supervisor says to the guest. `request` is a number of its choice, not 0, that the answer repeats.
public enum HostMessage: Equatable, Sendable {
    /// Start the agent, once in a container's life; with two descriptors, both opened for appending: the scrollback
    /// and the exit record.
    case launch(Launch)
    /// Open a terminal on the agent's screen.
    case attach(Attach)
    /// Type text into the agent's terminal as a paste, then perhaps Enter.
    case input(Input)
    /// Send the agent's first process a signal, signal(7).
    case signal(request: UInt32, number: UInt8)
    /// Run a command beside the agent, as its user, with no terminal and no input.
    case exec(request: UInt32, Program)
    /// Kill the process group of a command.
    case cancelExec(request: UInt32)
    /// Listen on a TCP port of every IPv4 address, or hand over the socket that does already.
    case listen(request: UInt32, port: UInt16)
    /// Exit; everything in the container ends with it.
    case end

    /// What `launch` says.
    public struct Launch: Equatable, Sendable {
        /// The agent.
        public var program: Program
        /// The size of its terminal until someone attaches.
        public var size: TerminalSize
        /// Bytes of terminal output to keep; the oldest go first.
        public var scrollbackLimit: UInt64

        /// A launch from its parts.
        public init(program: Program, size: TerminalSize, scrollbackLimit: UInt64) {
            self.program = program
            self.size = size
            self.scrollbackLimit = scrollbackLimit
        }
    }

    /// What `attach` says.
    public struct Attach: Equatable, Sendable {
        /// Names the terminal in what follows.
        public var request: UInt32
        /// Its size now; later sizes are set on the descriptor itself (TIOCSWINSZ).
        public var size: TerminalSize
        /// The kind of terminal, terminfo(5): letters, digits and `+-._`.
        public var terminal: String

        /// An attachment from its parts.
        public init(request: UInt32, size: TerminalSize, terminal: String) {
            self.request = request
            self.size = size
            self.terminal = terminal
        }
    }

    /// What `input` says.
    public struct Input: Equatable, Sendable {
        /// Names it in the answer.
        public var request: UInt32
        /// Bytes to paste; may be empty.
        public var text: [UInt8]
        /// Whether Enter follows.
        public var pressEnter: Bool

        /// Input from its parts.
        public init(request: UInt32, text: [UInt8], pressEnter: Bool) {
            self.request = request
            self.text = text
            self.pressEnter = pressEnter
        }
    }

    /// How many descriptors travel with this message.
    public var descriptorCount: Int {
        if case .launch = self { 2 } else { 0 }
    }
}
