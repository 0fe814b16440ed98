import Environments
import Glibc
import GuestProtocol
import System
import TaskModel

/// What a build's network has on disk, and the names of what it has on the engine.
struct BuildDirectory: Sendable {
    let id: TaskID
    let path: String

    /// Where the guest connects to.
    var controlSocket: String { "\(control)/control.sock" }
    private var control: String { "\(path)/run" }
    private var resolver: String { "\(path)/resolv.conf" }
    private var hosts: String { "\(path)/hosts" }
    private var lock: String { "\(path)/lock" }

    /// Makes one that is locked. What killed builds left on this engine is removed first.
    static func make(
        state: String, service: EnvironmentService
    ) async throws(TaskError) -> (BuildDirectory, FileLock) {
        let folder = "\(state)/builds/\(service.place.rawValue)"
        do {
            try Files.makeDirectory(folder)
            // One after the other: a directory that is not locked yet looks like one that was left.
            let turn = try await take("\(folder)/lock")
            defer { withExtendedLifetime(turn) {} }
            for name in try Files.list(folder) where name != "lock" {
                guard let id = TaskID(name) else { continue }
                let left = BuildDirectory(id: id, path: "\(folder)/\(name)")
                if !FileLock.isHeld(left.lock) { await left.remove(service) }
            }
            let name = "build-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
            guard let id = TaskID(name) else { throw TaskError(.noSandbox, "'\(name)' is no name") }
            let new = BuildDirectory(id: id, path: "\(folder)/\(name)")
            try Files.makeDirectory(new.path)
            let lock = try await take(new.lock)
            try new.fill()
            return (new, lock)
        } catch {
            throw error as? TaskError ?? TaskError(.noSandbox, "cannot prepare the build's network: \(error)")
        }
    }

    private static func take(_ path: String) async throws -> FileLock {
        while true {
            if let lock = try FileLock.take(path) { return lock }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func fill() throws(SystemError) {
        // The guest connects from inside as another user; the directories above keep everyone else out.
        try Files.makeDirectory(control)
        try Files.setMode(0o755, of: control)
        for (file, text) in [
            (resolver, "nameserver 198.18.0.1\n"),
            (hosts, "127.0.0.1 localhost build\n::1 ip6-localhost ip6-loopback\n"),
        ] {
            try Files.replace(file, with: Array(text.utf8))
            try Files.setMode(0o644, of: file)
        }
    }

    /// The holder's container. Nothing runs in it but the guest, so it has no limits: where an engine cannot limit,
    /// builds can be narrowed all the same.
    func plan(image: String, listeners: [Listener], installation: Installation) -> SandboxPlan {
        let user = AgentUser.current
        return SandboxPlan(
            task: id, role: .build, image: image,
            guestArguments: ["init", "--uid", "\(user.user)", "--gid", "\(user.group)"]
                + listeners.flatMap { ["--listen", "\($0.transport == .udp ? "udp" : "tcp"):\($0.port)"] },
            volumes: [
                Volume(.guest, source: installation.guest, target: SandboxPath.guest, readOnly: true),
                Volume(.control, source: control, target: SandboxPath.control, readOnly: true),
                Volume(.names, source: resolver, target: SandboxPath.resolver, readOnly: true),
                Volume(.names, source: hosts, target: SandboxPath.hosts, readOnly: true),
            ], limits: Limits(memory: nil, milliCPUs: nil, processes: nil), seccomp: installation.seccomp)
    }

    /// Removes what is on the engine, and then the directory; where the engine refuses, the next build tries again.
    func remove(_ service: EnvironmentService) async {
        // Not in this Swift task: it may have been cancelled, and the engine would not be asked.
        await Task {
            do throws(TaskError) {
                try await service.remove(service.containerName(id, .build))
                try await service.removeBlankImage(for: id)
            } catch {
                return
            }
            try? FileTree.remove(path)
        }.value
    }
}
