import Foundation
import Glibc

/// A container engine, driven by its own command-line program. `TASK_TEST_ENGINES` says which to test on,
/// `TASK_TEST_IMAGE` which image to run; it must have bash, perl, git and tmux.
struct Engine: CustomStringConvertible, Sendable {
    let program: String

    var description: String { program }

    static let all: [Engine] = setting("TASK_TEST_ENGINES", "docker,podman").split(separator: ",")
        .map { Engine(program: String($0)) }
    static let image = setting("TASK_TEST_IMAGE", "localhost/proto-base:latest")

    struct Failure: Error {
        let command: [String]
        let output: String
    }

    /// Runs the program and returns what it printed; throws if it fails. The output goes through a file, and only the
    /// program itself is waited for: what it leaves behind, like a container's monitor, keeps its descriptors.
    @discardableResult
    func run(_ arguments: [String], input: String = "/dev/null") throws -> String {
        let output = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: output) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        var status: Int32 = 0
        guard posix_spawnp(&process, program, &actions, nil, &words, environ) == 0,
            waitpid(process, &status, 0) == process
        else { throw Failure(command: [program] + arguments, output: "cannot be started") }
        let text = try String(contentsOf: output, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard status == 0 else { throw Failure(command: [program] + arguments, output: text) }
        return text
    }

    private static func setting(_ name: String, _ otherwise: String) -> String {
        ProcessInfo.processInfo.environment[name] ?? otherwise
    }
}
