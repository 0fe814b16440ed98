import CLinux
import Glibc
import GuestProtocol

/// `task-guest probe`: says what an image has of the things that tasks need, a fact a line. Nothing of the image is run
/// for that but `git` and `tmux`, which tell their versions as an ordinary user and within a few seconds.
struct Probe {
    /// Nobody in particular: it needs a number that every user namespace has.
    private static let nobody: UInt32 = 65_534
    private static let usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    private static let certificates = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ]
    private static let managers = ["apt-get", "apk", "dnf", "microdnf"]
    private static let users = 128

    private let folders: [String]

    /// Reports everything and ends; the last line says that it is all.
    static func run() throws(GuestError) {
        guard getpid() == 1 else { throw GuestError("probe must be the first process of a container") }
        try openStandardDescriptors()
        try dropPrivileges(user: nobody, group: nobody)
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        var folders: [String] = []
        for part in (path + ":" + usual).split(separator: ":").prefix(64) {
            if part.utf8.first == UInt8(ascii: "/"), !folders.contains(String(part)) { folders.append(String(part)) }
        }
        let facts = ["probe 1"] + Probe(folders: folders).facts() + ["end"]
        for fact in facts {
            guard writeAll(Array(printable(Array(fact.utf8), atMost: 512).utf8) + [10], to: STDOUT_FILENO) else {
                throw .system("report")
            }
        }
    }

    private func facts() -> [String] {
        var facts: [String] = []
        if isProgram("/bin/sh") { facts.append("shell /bin/sh") }
        for (name, argument) in [("git", "--version"), ("tmux", "-V")] {
            guard let path = find(name) else { continue }
            facts.append("\(name) \(path) \(answer(of: path, argument))")
        }
        if let bundle = Self.certificates.first(where: { isFile($0) }) { facts.append("certificates \(bundle)") }
        for name in Self.managers where find(name) != nil { facts.append("manager \(name)") }
        return facts + system() + users()
    }

    private func find(_ name: String) -> String? {
        for folder in folders where isProgram("\(folder)/\(name)") { return "\(folder)/\(name)" }
        return nil
    }

    private func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    }

    /// True for what the agent could run; who that is, is not known here, so everybody has to be allowed to.
    private func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o001 != 0
    }

    /// The first line of what a program prints within five seconds; empty where it cannot be run.
    private func answer(of path: String, _ argument: String) -> String {
        var ends: [Int32] = [-1, -1]
        guard task_pipe(&ends, 0) == 0 else { return "" }
        defer { close(ends[0]) }
        let words = [path, argument].map { Array($0.utf8) }
        let program = Program(
            arguments: words, environment: ["PATH=\(Self.usual)", "HOME=/tmp", "LC_ALL=C"].map { Array($0.utf8) },
            directory: [UInt8(ascii: "/")])
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let child = Child(paths: [words[0]], program: program, input: null, output: ends[1], error: null)
        let process = try? child.start(user: Self.nobody, group: Self.nobody)
        close(ends[1])
        guard let process else { return "" }
        let deadline = now() + 5000
        var said: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256)
        while said.count < 256, !said.contains(10) {
            var polled = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, Int32(clamping: max(0, deadline - now()))) > 0 else { break }
            let count = read(ends[0], &chunk, chunk.count)
            guard count > 0 else { break }
            said += chunk[..<count]
        }
        kill(-process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return printable(Array(said.prefix { $0 != 10 }), atMost: 128)
    }

    /// `os debian 12`, os-release(5).
    private func system() -> [String] {
        guard let text = contents(of: "/etc/os-release", atMost: 65_536) else { return [] }
        var values = ["ID": "", "VERSION_ID": ""]
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, values[String(parts[0])] != nil else { continue }
            values[String(parts[0])] = String(parts[1].filter { $0 != "\"" && $0 != "'" })
        }
        return ["os \(values["ID"] ?? "") \(values["VERSION_ID"] ?? "")"]
    }

    /// `user 1000 1000 ada /home/ada`, passwd(5); names and numbers are the image's own words.
    private func users() -> [String] {
        guard let text = contents(of: "/etc/passwd", atMost: 1 << 20) else { return [] }
        let entries = String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 7, UInt32(fields[2]) != nil, UInt32(fields[3]) != nil else { return nil }
            return "user \(fields[2]) \(fields[3]) \(fields[0]) \(fields[5])"
        }
        return Array(entries.prefix(Self.users))
    }
}
