import Environments
import System
import TaskModel

/// What is written into an agent's home before its container is started. The home is the agent's: nothing is written
/// through a link in it.
struct HomeFiles {
    /// The directory of ours in the home.
    static let folder = ".task"
    /// The file in it that the agent reports in whether it waits.
    static let status = "status"
    /// The file in it that says that the setup has succeeded.
    static let setup = "setup"

    /// The home, on the host.
    let path: String
    /// Who the agent is.
    let user: AgentUser

    private var owner: (user: UInt32, group: UInt32)? { user.isSomeoneElse ? (user.user, user.group) : nil }

    /// Writes what an agent finds when it starts for the first time. A file that is a program, because it begins with
    /// `#!`, can be run.
    ///
    /// - Throws: `SystemError` also where a name is there already or leads elsewhere.
    func write(_ files: [String: String]) throws(SystemError) {
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            var names = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let last = names.removeLast()
            try makeDirectory(names).makeFile(
                last, Array(content.utf8), mode: content.hasPrefix("#!") ? 0o755 : 0o600, owner: owner)
        }
    }

    /// Prepares for a start: the agent's last report is gone, and there are directories for what is mounted in the home.
    func prepare(for volumes: [Volume]) throws(SystemError) {
        try makeDirectory([Self.folder]).removeFile(Self.status)
        for volume in volumes where volume.target.hasPrefix(SandboxPath.home + "/") {
            _ = try makeDirectory(
                volume.target.dropFirst(SandboxPath.home.count + 1).split(separator: "/").map(String.init))
        }
    }

    /// The agent's report; nil where there is none that can be read.
    var report: [UInt8]? {
        guard let home = try? HeldDirectory(path), let folder = try? home.directory(Self.folder) else { return nil }
        return folder.readFile(Self.status, limit: WaitingWatch.longestReport)
    }

    private func makeDirectory(_ names: [String]) throws(SystemError) -> HeldDirectory {
        var directory = try HeldDirectory(path)
        for name in names { directory = try directory.madeDirectory(name, owner: owner) }
        return directory
    }
}

extension SandboxPath {
    /// The file in which an agent says whether it waits.
    static var status: String { "\(home)/\(HomeFiles.folder)/\(HomeFiles.status)" }
    /// The file that says that a task's setup has succeeded.
    static var setup: String { "\(home)/\(HomeFiles.folder)/\(HomeFiles.setup)" }
}
