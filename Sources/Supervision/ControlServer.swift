import Dispatch
import Glibc
import Synchronization
import System
import TaskModel

/// The supervisor's ear for `task` commands: a socket in the task's directory, which only its user can enter.
final class ControlServer: Sendable {
    /// What comes back where all went well.
    struct Answer: Sendable {
        var notice: String?
        var descriptors: [Descriptor] = []
    }

    typealias Handler = @Sendable (ControlRequest) async throws(TaskError) -> Answer

    private let listener: Descriptor
    private let unanswered = Mutex(0)

    init(path: String) throws(TaskError) {
        do throws(SystemError) {
            listener = try UnixSocket.listen(at: path, mode: 0o600)
        } catch {
            throw TaskError(.noSandbox, error.description)
        }
    }

    /// Serves every connection until the process ends, each on its own; a connection is one request and its reply.
    func serve(_ handler: @escaping Handler) {
        DispatchQueue(label: "control").async { [self] in
            while let connection = try? UnixSocket.accept(listener) {
                guard (try? UnixSocket.peer(of: connection))?.user == getuid() else { continue }
                DispatchQueue.global().async { self.answer(connection, handler) }
            }
        }
    }

    /// Waits, within reason, until the last answers are on their way.
    func drain() async {
        for _ in 0..<200 where unanswered.withLock({ $0 > 0 }) {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func answer(_ connection: Descriptor, _ handler: @escaping Handler) {
        unanswered.withLock { $0 += 1 }
        guard let (request, _) = try? ControlLine.receive(ControlRequest.self, from: connection) else {
            return unanswered.withLock { $0 -= 1 }
        }
        Task {
            do throws(TaskError) {
                let answer = try await handler(request)
                try ControlLine.send(
                    ControlReply(notice: answer.notice), descriptors: answer.descriptors, over: connection)
            } catch {
                try? ControlLine.send(ControlReply(error), over: connection)
            }
            self.unanswered.withLock { $0 -= 1 }
        }
    }
}
