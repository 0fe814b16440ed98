import CLinux
import Glibc
import GuestProtocol

extension Guest {
    private static let terminals = 32
    private static let waitingInputs = 64

    /// Starts a tmux client on a pseudo-terminal of its own and hands over the other end.
    mutating func openTerminal(_ attach: HostMessage.Attach) {
        do throws(GuestError) {
            try requireServer()
            let open = countJobs { if case .attach = $0 { true } else { false } }
            guard open < Self.terminals else { throw GuestError("\(Self.terminals) terminals are open already") }
            let (master, slave) = try makeTerminal(attach.size)
            defer { close(slave) }
            let program = tool.with(arguments: tmux.attach, terminal: attach.terminal)
            let child = Child(
                paths: program.candidates(forTool: "tmux"), program: program, input: slave, output: slave, error: slave,
                terminal: slave)
            do throws(GuestError) {
                let process = try child.start(user: user, group: group)
                jobs[process] = Job(kind: .attach(request: attach.request))
            } catch {
                close(master)
                throw error
            }
            say(.attached(request: attach.request), [master])
        } catch {
            refuse(attach.request, error)
        }
    }

    /// pty(7). The slave stays root's, so only those who are given it have it.
    private func makeTerminal(_ size: TerminalSize) throws(GuestError) -> (master: Int32, slave: Int32) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { throw .system("open a pseudo-terminal") }
        guard task_unlock_terminal(master) == 0, task_set_terminal_size(master, size.columns, size.rows) == 0 else {
            defer { close(master) }
            throw .system("set up a pseudo-terminal")
        }
        let slave = task_terminal_peer(master)
        guard slave >= 0 else {
            defer { close(master) }
            throw .system("open a pseudo-terminal's other end")
        }
        return (master, slave)
    }

    /// Inputs are typed one after the other, in the order they came.
    mutating func enqueue(_ input: HostMessage.Input) {
        do throws(GuestError) {
            try requireServer()
            guard inputs.count < Self.waitingInputs else {
                throw GuestError("\(inputs.count) inputs are waiting already")
            }
            inputs.append(input)
            startNextInput()
        } catch {
            refuse(input.request, error)
        }
    }

    private mutating func startNextInput() {
        while !inputs.isEmpty, countJobs({ if case .input = $0 { true } else { false } }) == 0 {
            let input = inputs.removeFirst()
            guard !input.text.isEmpty || input.pressEnter else {
                say(.acknowledged(request: input.request))
                continue
            }
            do throws(GuestError) {
                let text = try file(holding: input.text)
                defer { close(text) }
                let arguments = tmux.input(paste: !input.text.isEmpty, enter: input.pressEnter)
                try startTmux(arguments, as: .input(request: input.request), program: tool, input: text, seconds: 10)
            } catch {
                refuse(input.request, error)
            }
        }
    }

    mutating func inputFinished(_ request: UInt32, _ exit: AgentExit, _ output: [UInt8]) {
        if exit == .code(0) {
            say(.acknowledged(request: request))
        } else {
            refuse(request, GuestError("tmux did not take the input: \(printable(output, atMost: 256))"))
        }
        startNextInput()
    }

    /// The bytes as a file that is nowhere, memfd_create(2): unlike a pipe it takes all of them at once.
    private func file(holding bytes: [UInt8]) throws(GuestError) -> Int32 {
        let descriptor = task_memory_file("input")
        guard descriptor >= 0 else { throw .system("hold the input") }
        guard writeAll(bytes, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 else {
            defer { close(descriptor) }
            throw .system("hold the input")
        }
        return descriptor
    }

    private func requireServer() throws(GuestError) {
        switch agent {
        case .waiting, .launching: throw GuestError("no agent has been launched")
        case .running, .ending, .ended: return
        }
    }
}

extension Program {
    /// What the guest's own tmux clients run with: the server does the work, in the agent's environment.
    static func tool(path: String? = nil) -> Program {
        Program(
            arguments: [], environment: [Array("PATH=\(path ?? "/usr/local/bin:/usr/bin:/bin")".utf8)],
            directory: [UInt8(ascii: "/")])
    }

    func with(arguments: [String], terminal: String) -> Program {
        Program(
            arguments: arguments.map { Array($0.utf8) }, environment: environment + [Array("TERM=\(terminal)".utf8)],
            directory: directory)
    }
}
