public import Environments
import System
public import TaskModel
public import TaskStore

extension TaskService {
    /// What a home may have of secrets and of things that are cheap to get again: nobody who shares an image means these.
    private static let hidden = [
        ".task", ".cache", ".ssh", ".gnupg", ".netrc", ".npmrc", ".pypirc", ".git-credentials",
        ".config/git/credentials",
        ".config/gh", ".config/gcloud", ".aws", ".azure", ".docker", ".kube", ".cargo/credentials",
        ".cargo/credentials.toml", ".claude", ".claude.json", ".codex", ".gemini", ".bash_history", ".python_history",
        ".node_repl_history", ".zsh_history",
    ]

    /// Makes an image of a task, running or ended: its own image, and the home of its agent. The work itself is on the
    /// task's branch, and not in it.
    ///
    /// - Parameter name: the image's name; nil for one of its own.
    public func snapshot(_ directory: TaskDirectory, as name: String?) async throws(TaskError) -> Snapshot {
        try require(.snapshot, of: directory, to: "make an image of")
        let state = try directory.readRecord().currentState
        guard let socket = state.socket, let image = state.image, state.startedAt != nil else {
            throw TaskError("the task '\(directory.id)' has not begun yet", next: "task list")
        }
        let service = try EnvironmentService(place: state.place, socket: socket, stateRoot: store.root)
        return try await service.snapshot(
            of: directory.id, image: image, home: directory.home,
            leavingOut: Self.excluded(try directory.readInputs().equipment), as: name)
    }

    /// What a task needs that begins with what a snapshot brings: that comes before all else.
    static func seeded(_ equipment: Equipment?, from image: Image) -> Equipment? {
        guard image.seed == true else { return equipment }
        var equipment = equipment ?? Equipment()
        equipment.setup.insert(.seed, at: 0)
        return equipment
    }

    /// Paths below a home that are not for others: secrets, what the agent's program keeps, and what is mounted there.
    static func excluded(_ equipment: Equipment?) -> [String] {
        var paths = Set(hidden)
        for file in (equipment?.files ?? [:]).keys {
            // A program's own directory as a whole: `.claude` for `.claude/settings.json`.
            paths.insert(file.contains("/") ? Files.parent(of: file) : file)
        }
        for volume in equipment?.volumes ?? [] where volume.target.hasPrefix(SandboxPath.home + "/") {
            paths.insert(String(volume.target.dropFirst(SandboxPath.home.count + 1)))
        }
        return paths.sorted()
    }
}
