import Dispatch
import GuestProtocol
import System
import TaskModel

/// A command that the guest runs beside the agent, as the agent's user.
struct GuestCommand {
    /// What it prints.
    let output: Descriptor
    private let errors: Task<String, Never>
    private let answers: AsyncStream<GuestAnswer>
    private let request: UInt32
    private let link: GuestLink

    /// Starts it.
    static func start(
        _ arguments: [String], environment: [String: String], directory: String, over link: GuestLink
    ) async throws(TaskError) -> GuestCommand {
        let program = GuestProtocol.Program(
            arguments: arguments.map { Array($0.utf8) },
            environment: environment.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) },
            directory: Array(directory.utf8))
        let (request, answers) = try link.request { .exec(request: $0, program) }
        for await answer in answers {
            switch answer.message {
            case .execStarted where answer.descriptors.count == 2:
                return GuestCommand(
                    output: answer.descriptors[0], errors: collect(answer.descriptors[1]), answers: answers,
                    request: request, link: link)
            case .failure(_, let reason):
                throw TaskError("cannot run '\(arguments.first ?? "")' in the sandbox: \(PlainText.line(reason))")
            default:
                throw TaskError("the guest answered out of turn")
            }
        }
        throw TaskError("the connection to the sandbox broke off", next: "task list")
    }

    /// Waits for its end.
    func wait() async throws(TaskError) -> AgentExit {
        for await answer in answers {
            if case .execExited(_, let exit) = answer.message { return exit }
        }
        throw TaskError("the connection to the sandbox broke off", next: "task list")
    }

    /// What it printed on its standard error, at most 64 KiB, safe to print.
    func complaint() async -> String { PlainText.line(await errors.value) }

    /// Kills it.
    func cancel() {
        try? link.send(.cancelExec(request: request))
    }

    /// Reads to the end, keeping the beginning, so that the command never waits for us.
    private static func collect(_ errors: Descriptor) -> Task<String, Never> {
        Task {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    var text: [UInt8] = []
                    while let chunk = try? errors.read(atMost: 4096), !chunk.isEmpty {
                        text += chunk.prefix(max(0, 65536 - text.count))
                    }
                    continuation.resume(returning: String(decoding: text, as: UTF8.self))
                }
            }
        }
    }
}
