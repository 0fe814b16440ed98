import System
public import TaskModel

/// The versions of agents that the user chose instead of their definitions': `images/versions.json` of the state
/// directory.
public struct AgentVersions: Sendable {
    private struct File: Codable {
        static let currentVersion = 1
        var version = File.currentVersion
        var agents: [String: String] = [:]
    }

    private let path: String

    /// The choices of a store; nothing is made yet.
    public init(_ store: TaskStore) {
        path = "\(store.root)/images/versions.json"
    }

    /// The version that was chosen; nil for that of the agent's definition.
    ///
    /// - Throws: `TaskError` naming the file, where it is damaged or from a newer program.
    public func version(of agent: String) throws(TaskError) -> String? { try read().agents[agent] }

    /// Chooses a version; nil goes back to that of the agent's definition.
    public func choose(_ version: String?, for agent: String) throws(TaskError) {
        let held: FileLock?
        do throws(SystemError) {
            try Files.makeDirectory(Files.parent(of: path))
            held = try FileLock.take(path + ".lock", waitingMilliseconds: 5000)
        } catch {
            throw TaskError(error.description)
        }
        guard let held else { throw TaskError("another process keeps '\(path).lock'", next: "try again") }
        var file = try read()
        if file.agents[agent] == version { return }
        file.agents[agent] = version
        try JSONFile.write(file, to: path)
        withExtendedLifetime(held) {}
    }

    private func read() throws(TaskError) -> File {
        guard Files.exists(path) else { return File() }
        let file: File = try JSONFile.read(path)
        if file.version > File.currentVersion {
            throw TaskError(
                "'\(path)' has version \(file.version), and this program reads up to \(File.currentVersion)",
                next: "install a newer task")
        }
        return file
    }
}
