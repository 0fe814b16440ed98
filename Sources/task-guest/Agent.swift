import GuestProtocol

/// The agent's life, as far as it is known here.
enum Agent {
    case waiting
    /// tmux has been asked.
    case launching
    case running(Running)
    /// It has ended, but its last output is still on its way.
    case ending(Ending)
    case ended(AgentExit)

    struct Running {
        /// The tmux server and the agent's first process.
        let server: Int32
        let process: Int32
        /// A descriptor of that process, pidfd_open(2); nil if it was dead already when it was to be opened.
        let handle: Int32?
    }

    struct Ending {
        let running: Running
        /// When to be content with what is known.
        let deadline: Int64
        var exit = AgentExit.unknown
        var stage = Stage.asking
        /// When to try the stage's next step.
        var retry: Int64? = 0
    }

    enum Stage {
        /// tmux is being asked how the agent ended.
        case asking
        /// The copier is to be told that there will be no more output.
        case telling
        /// The output that is on its way is being read.
        case draining
    }

    var status: AgentStatus {
        switch self {
        case .waiting, .launching: .waiting
        case .running(let running): .running(pid: UInt32(running.process))
        // Not before its end has been recorded.
        case .ending(let ending): .running(pid: UInt32(ending.running.process))
        case .ended(let exit): .ended(exit)
        }
    }

    /// What becomes readable when the agent's first process dies.
    var watched: Int32? {
        if case .running(let running) = self { running.handle } else { nil }
    }

    var deadline: Int64? {
        if case .ending(let ending) = self { min(ending.deadline, ending.retry ?? ending.deadline) } else { nil }
    }

    /// Whether there is an agent whose end has not been recorded.
    var isAlive: Bool {
        switch self {
        case .launching, .running, .ending: true
        case .waiting, .ended: false
        }
    }
}
