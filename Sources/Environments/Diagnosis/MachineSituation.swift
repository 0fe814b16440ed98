import EngineAPI
import Glibc
import System

/// What of this machine decides how an engine is installed, started and reached. It is gathered once, and judged without
/// looking again.
struct MachineSituation: Equatable, Sendable {
    var distribution = Distribution.other
    var manager = ServiceManager.none
    /// Who runs this program.
    var user = "root"
    var isRoot = true
    /// What lets an ordinary user act as root: `sudo`, `doas`; nil where there is neither.
    var elevation: String?
    /// Where programs are that were looked for, by name.
    var programs: [String: String] = [:]
    /// What is at the places of sockets, by path.
    var sockets: [String: SocketFacts] = [:]
    /// True where `DOCKER_CONTEXT` names a context, and not Docker's own configuration.
    var choosesContext = false

    /// The program that shows that an engine is installed; nil where there is none. Docker's client alone is no engine.
    func program(of engine: EngineFlavor) -> String? {
        programs[engine == .docker ? "dockerd" : "podman"]
    }

    /// A command that root must run, as this user types it.
    func asRoot(_ command: String) -> String {
        if isRoot { return command }
        return elevation.map { "\($0) \(command)" } ?? "su -c '\(command)'"
    }
}

/// What is at the path of a socket, and what it lets this user do.
struct SocketFacts: Equatable, Sendable {
    /// False for a file or directory of that name.
    var isSocket = true
    /// True where a directory on the way lets this user not look.
    var isHidden = false
    var owner = "root"
    var group = "root"
    var mode: UInt32 = 0o660
    /// The user is in the group, in this session.
    var isMember = false
    /// The user is in the group according to the group database, which counts from the next login on.
    var isListed = false
}

extension MachineSituation {
    /// Looks at this machine.
    ///
    /// - Parameter sockets: the places that were asked in vain.
    static func gather(sockets paths: [String], environment: [String: String]) -> MachineSituation {
        var machine = MachineSituation()
        let release = ["/etc/os-release", "/usr/lib/os-release"].lazy.compactMap { try? Files.read($0, limit: 65536) }
        machine.distribution = Distribution(osRelease: release.first.map { String(decoding: $0, as: UTF8.self) } ?? "")
        machine.isRoot = geteuid() == 0
        machine.user = userName
        let folders =
            (environment["PATH"] ?? "").split(separator: ":").map(String.init)
            + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"]
        for name in ["dockerd", "docker", "podman", "sudo", "doas", "rc-service"] {
            machine.programs[name] = folders.lazy.map { "\($0)/\(name)" }.first(where: isProgram)
        }
        machine.elevation = ["sudo", "doas"].first { machine.programs[$0] != nil }
        if Files.exists("/run/systemd/system") {
            machine.manager = .systemd
        } else if machine.programs["rc-service"] != nil {
            machine.manager = .openRC
        } else if Files.exists("/etc/init.d") {
            machine.manager = .scripts
        }
        for path in paths { machine.sockets[path] = facts(of: path, user: machine.user) }
        machine.choosesContext = !(environment["DOCKER_CONTEXT"] ?? "").isEmpty
        return machine
    }

    private static func isProgram(_ path: String) -> Bool {
        path.hasPrefix("/") && access(path, X_OK) == 0 && !Files.isDirectory(path)
    }

    /// The user's name as other programs take it; a number where there is no entry.
    static var userName: String {
        if let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name { return String(cString: name) }
        return "\(geteuid())"
    }

    /// What is at a path; nil for nothing.
    private static func facts(of path: String, user: String) -> SocketFacts? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return errno == EACCES ? SocketFacts(isHidden: true) : nil
        }
        var facts = SocketFacts(isSocket: status.st_mode & S_IFMT == S_IFSOCK)
        facts.mode = status.st_mode & 0o777
        facts.owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "\(status.st_uid)"
        var groups = [gid_t](repeating: 0, count: max(0, Int(getgroups(0, nil))))
        groups = Array(groups.prefix(max(0, Int(getgroups(Int32(groups.count), &groups)))))
        facts.isMember = getegid() == status.st_gid || groups.contains(status.st_gid)
        facts.group = "\(status.st_gid)"
        if let entry = getgrgid(status.st_gid) {
            facts.group = String(cString: entry.pointee.gr_name)
            var member = entry.pointee.gr_mem
            while let name = member?.pointee {
                if String(cString: name) == user { facts.isListed = true }
                member = member?.advanced(by: 1)
            }
        }
        return facts
    }
}
