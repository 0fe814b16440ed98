import System
import TaskModel
import TaskStore

/// A `task` command's line to the supervisor of a task.
struct SupervisorClient {
    private let connection: Descriptor

    init(_ directory: TaskDirectory) throws(TaskError) {
        do throws(SystemError) {
            connection = try UnixSocket.connect(to: directory.supervisorSocket)
        } catch {
            throw TaskError("the supervisor of '\(directory.id)' does not answer: \(error.reason)", next: "task list")
        }
    }

    /// Asks and waits for the answer.
    @discardableResult
    func ask(_ request: ControlRequest) throws(TaskError) -> ControlServer.Answer {
        try ControlLine.send(request, over: connection)
        let (reply, descriptors) = try ControlLine.receive(ControlReply.self, from: connection)
        if let error = reply.error { throw error }
        return ControlServer.Answer(notice: reply.notice, descriptors: descriptors)
    }
}
