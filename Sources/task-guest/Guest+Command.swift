import CLinux
import Glibc
import GuestProtocol

extension Guest {
    private static let commands = 8

    /// Runs a command beside the agent. The supervisor reads its output from the pipes themselves.
    mutating func execute(_ request: UInt32, _ program: Program) {
        do throws(GuestError) {
            let running = countJobs { if case .exec = $0 { true } else { false } }
            guard running < Self.commands else { throw GuestError("\(Self.commands) commands are running already") }
            guard !jobs.values.contains(where: { $0.kind == .exec(request: request) }) else {
                throw GuestError("request \(request) is in use")
            }
            var output: [Int32] = [-1, -1]
            var errors: [Int32] = [-1, -1]
            guard task_pipe(&output, 0) == 0 else { throw .system("make a pipe") }
            defer { close(output[1]) }
            guard task_pipe(&errors, 0) == 0 else {
                defer { close(output[0]) }
                throw .system("make a pipe")
            }
            defer { close(errors[1]) }
            do throws(GuestError) {
                let child = Child(
                    paths: program.candidates(for: program.arguments[0]), program: program, input: null,
                    output: output[1], error: errors[1])
                let process = try child.start(user: user, group: group)
                jobs[process] = Job(kind: .exec(request: request))
            } catch {
                close(output[0])
                close(errors[0])
                throw error
            }
            say(.execStarted(request: request), [output[0], errors[0]])
        } catch {
            refuse(request, error)
        }
    }

    /// Kills the command's process group. One that has ended just now has been reported already.
    func cancel(_ request: UInt32) {
        for (process, job) in jobs where job.kind == .exec(request: request) {
            kill(-process, SIGKILL)
        }
    }

    /// Signals the agent's first process.
    mutating func signalAgent(_ request: UInt32, _ number: Int32) {
        guard case .running(let running) = agent, let handle = running.handle else {
            return refuse(request, GuestError("no agent is running"))
        }
        guard task_pidfd_signal(handle, number) == 0 else {
            return refuse(request, .system("signal the agent"))
        }
        say(.acknowledged(request: request))
    }
}
