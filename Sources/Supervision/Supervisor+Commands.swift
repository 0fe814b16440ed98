import GuestProtocol
import System
import TaskModel

extension Supervisor {
    /// Serves `task attach`, `send`, `stop`, `policy` and whoever wants work brought home.
    func serveCommands() {
        server.serve { [weak self] request throws(TaskError) in
            guard let self else { throw TaskError("the supervisor is ending") }
            return try await self.answer(request)
        }
    }

    private func answer(_ request: ControlRequest) async throws(TaskError) -> ControlServer.Answer {
        switch request.verb {
        case .attach: return ControlServer.Answer(descriptors: [try await attach(request)])
        case .send: try await type(request)
        case .stop: try await stopAndWait(graceSeconds: request.graceSeconds ?? 10)
        case .export: try await export()
        case .policy: return ControlServer.Answer(notice: try await change(request))
        }
        return ControlServer.Answer()
    }

    private func attach(_ request: ControlRequest) async throws(TaskError) -> Descriptor {
        try requireRunning()
        let size = TerminalSize(columns: request.columns ?? 80, rows: request.rows ?? 24)
        let terminal = request.terminal ?? "tmux-256color"
        let (_, answers) = try link.request {
            .attach(HostMessage.Attach(request: $0, size: size, terminal: terminal))
        }
        for await answer in answers {
            if case .attached = answer.message, let descriptor = answer.descriptors.first { return descriptor }
            if case .failure(_, let reason) = answer.message {
                throw TaskError("cannot attach to '\(inputs.id)': \(PlainText.line(reason))")
            }
        }
        throw TaskError("the connection to the sandbox broke off", next: "task list")
    }

    private func type(_ request: ControlRequest) async throws(TaskError) {
        try requireRunning()
        let text = Array((request.text ?? "").utf8)
        try await link.perform {
            .input(HostMessage.Input(request: $0, text: text, pressEnter: request.pressEnter ?? true))
        }
        note(.input, ["bytes": .number(text.count)])
    }

    /// Comes back when the task has ended and its work is home.
    private func stopAndWait(graceSeconds: Int) async throws(TaskError) {
        guard record.currentState.phase != .ended else { return }
        await stop(because: .stopped, graceSeconds: graceSeconds)
        await withCheckedContinuation { endWaiters.append($0) }
    }

    private func requireRunning() throws(TaskError) {
        guard record.currentState.phase == .running else {
            throw TaskError("the task '\(inputs.id)' does not run", next: "task resume \(inputs.id)")
        }
    }
}
