import Glibc

/// What the processes of one Podman build are known by, so that cancelling can end them.
///
/// Podman 4.3 lets the step that runs go on to its end when its client leaves, and says nowhere which process that is.
/// When the step's processes are gone, its builder ends, too, and removes its containers by itself.
///
/// Where Podman is root's, the build names a control group for its steps. Nobody else has one of that name, a step
/// cannot leave it, and every process says in `/proc` which group it is in (cgroups(7)): whatever is in it is this
/// build's. An ordinary user may not make groups. There the build gives its steps a host with such a name, and whatever
/// sees it in its `/etc/hosts` is this build's. A step can take that line out of the file and go on to its end, and
/// steps without any network have no such file; no other program can be drawn in, since nobody knows the name.
///
/// What runs on another machine, or as somebody else, is not found here, and nothing happens to it.
struct BuildMark: Sendable {
    /// What nobody else is called.
    private let name: String
    private let isRootless: Bool

    init(isRootless: Bool) {
        var generator = SystemRandomNumberGenerator()
        let numbers = [generator.next() as UInt64, generator.next() as UInt64]
        name = "task-build-" + numbers.map { String($0, radix: 36) }.joined()
        self.isRootless = isRootless
    }

    /// The control group for the steps, below the root of the hierarchy.
    var cgroup: String? { isRootless ? nil : "/\(name)" }

    /// The further hosts of the steps.
    var hosts: String? { isRootless ? Wire.text(["\(name).invalid:127.0.0.1"]) : nil }

    /// Kills whatever bears the mark until there has been nothing for half a second (a step could have been about to
    /// begin), for three seconds at most. The calling task may have been cancelled; this is done nevertheless.
    func end() async {
        await Task.detached {
            var quiet = 0
            for _ in 0..<60 where quiet < 10 {
                quiet = kill() ? 0 : quiet + 1
                try? await Task.sleep(for: .milliseconds(50))
            }
        }.value
    }

    /// Whether there was anything to kill.
    private func kill() -> Bool {
        let found = processes()
        for process in found { _ = Glibc.kill(process, SIGKILL) }
        return !found.isEmpty
    }

    /// The processes that bear the mark.
    func processes() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // A number that is 0 or 1 would name more than one process, or the wrong one.
            if let process = pid_t(name), process > 1, holds(process) { found.append(process) }
        }
        return found
    }

    private func holds(_ process: pid_t) -> Bool {
        if isRootless {
            // The file is the process's own to change: it could be a pipe, a link or endless.
            guard let text = Self.beginning(of: "/proc/\(process)/root/etc/hosts") else { return false }
            return text.split(whereSeparator: \.isWhitespace).contains { $0 == "\(name).invalid" }
        }
        // Lines of `number:controllers:path`.
        guard let text = Self.beginning(of: "/proc/\(process)/cgroup") else { return false }
        return text.split(separator: "\n").contains { line in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            return parts.count == 3 && parts[2].split(separator: "/").contains { $0 == name }
        }
    }

    /// The first 16 KiB of a regular file.
    private static func beginning(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var state = stat()
        guard fstat(file, &state) == 0, state.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
