import Environments
import System
import TaskModel

extension DoctorFacts {
    /// What is to be said of each thing. Pure.
    var checks: [Check] {
        engineChecks + kernelChecks + [room("disk-state", stateRoot, stateRoom, isState: true)]
            + (engine.map { [room("disk-engine", $0.root, engineRoom, isState: false)] } ?? [])
            + [gitCheck, tmuxCheck, installationCheck, configurationCheck] + leftoverChecks
    }

    // MARK: - The engine

    private var engineChecks: [Check] {
        guard let engine else {
            return [Check("engine", .failure, trouble?.summary ?? "none answers", mend: trouble?.mend)]
        }
        let also = others.isEmpty ? "" : "; also \(others.joined(separator: ", "))"
        let storage =
            engine.storage == "vfs"
            ? Check(
                "storage", .warning, "vfs, which copies every image as a whole: slow and large",
                mend: install["fuse-overlayfs"])
            : Check("storage", .ok, engine.storage)
        return [
            Check("engine", .ok, "\(engine.place.rawValue) at \(PlainText.line(engine.socket)) (\(reason))\(also)"),
            Check("version", .ok, "\(engine.version), API \(engine.api)"),
            engine.runtime.isEmpty
                ? Check("runtime", .warning, "the engine does not say what makes its containers")
                : Check("runtime", .ok, engine.runtime),
            Check(
                "rootless", .ok,
                engine.isRootless
                    ? "yes: root in a container is \(user) outside"
                    : engine.security.contains("userns")
                        ? "no, but with user namespaces: root in a container is nobody outside"
                        : "no: the engine runs as root, without user namespaces"),
            storage, limits(engine), filter(engine), confinement(engine),
        ]
    }

    private func limits(_ engine: EngineReport) -> Check {
        let version = engine.controlGroups.isEmpty ? "" : "control groups v\(engine.controlGroups)"
        func failure(_ what: String, mend: String) -> Check {
            Check("limits", .failure, "\(version): \(what)", mend: mend)
        }
        let giveUp = "run tasks with --memory unlimited --cpus unlimited --pids unlimited"
        if engine.isRootless, engine.controlGroups == "1" {
            return failure(
                "a rootless engine cannot limit anything with them",
                mend: "boot with systemd.unified_cgroup_hierarchy=1, or \(giveUp)")
        }
        if !engine.unlimited.isEmpty {
            return failure(
                "\(engine.unlimited.joined(separator: ", ")) cannot be limited",
                mend: "boot with cgroup_enable=memory swapaccount=1, or \(giveUp)")
        }
        if engine.isRootless, let controllers {
            let missing = ["cpu", "memory", "pids"].filter { !controllers.contains($0) }
            if !missing.isEmpty {
                return failure(
                    "\(missing.joined(separator: ", ")) may not be limited by \(user)",
                    mend:
                        "sudo systemctl edit user@.service, with Delegate=cpu memory pids below [Service]; or \(giveUp)"
                )
            }
        }
        return Check("limits", .ok, "\(version): memory, processors and processes can be limited")
    }

    private func filter(_ engine: EngineReport) -> Check {
        if !filtersCalls {
            return Check("seccomp", .failure, "the kernel \(kernel) has no seccomp filter", mend: "boot another kernel")
        }
        // An engine that does not list it may use it all the same; PID 1 of every sandbox checks.
        return engine.security.contains("seccomp")
            ? Check("seccomp", .ok, "system calls can be filtered; every task uses our own list")
            : Check(
                "seccomp", .failure, "\(engine.place.rawValue) was built without it, and no task would start",
                mend: others.isEmpty ? "install \(engine.place.rawValue) from your distribution" : "task run --engine …"
            )
    }

    private func confinement(_ engine: EngineReport) -> Check {
        let inForce = inForceModules(engine)
        if !inForce.isEmpty {
            return Check("lsm", .ok, "\(inForce.joined(separator: ", ")) confines containers as well")
        }
        if let module = modules.first {
            return Check(
                "lsm", .warning, "the kernel has \(module), and \(engine.place.rawValue) does not use it",
                mend: install[module == "AppArmor" ? "apparmor" : "container-selinux"].map {
                    "\($0), then start the engine again"
                })
        }
        return Check("lsm", .warning, "neither AppArmor nor SELinux is on: one barrier less")
    }

    /// The modules that confine containers.
    func inForceModules(_ engine: EngineReport) -> [String] {
        [("apparmor", "AppArmor"), ("selinux", "SELinux")].filter { engine.security.contains($0.0) }.map(\.1)
    }

    // MARK: - The machine

    private var kernelChecks: [Check] {
        let numbers = kernel.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        let isOld = numbers.count == 2 && (numbers[0], numbers[1]) < (5, 3)
        let namespaces: Check =
            userNamespaces == 0
            ? Check(
                "user-namespaces", .warning, "off: rootless engines cannot run",
                mend: isRoot ? "sysctl user.max_user_namespaces=15000" : "sudo sysctl user.max_user_namespaces=15000")
            : Check("user-namespaces", .ok, userNamespaces.map { "on, at most \($0)" } ?? "the kernel does not say")
        return [
            namespaces,
            isOld
                ? Check("kernel", .failure, "\(kernel), and 5.3 or newer is needed", mend: "boot a newer kernel")
                : Check("kernel", .ok, kernel),
        ]
    }

    private func room(_ name: String, _ path: String, _ bytes: UInt64?, isState: Bool) -> Check {
        let place = PlainText.line(path)
        if isState, !stateIsWritable {
            return Check(
                name, .failure, "\(place) cannot be written", mend: "set XDG_STATE_HOME to a directory of yours")
        }
        guard let bytes else { return Check(name, .ok, "\(place): not to be seen from here") }
        let finding = "\(Self.size(bytes)) free at \(place)"
        let mend = isState ? "task list, then task rm what you no longer need" : "task image prune --all"
        if bytes < 256 << 20 { return Check(name, .failure, finding, mend: mend) }
        return bytes < 5 << 30 ? Check(name, .warning, finding, mend: mend) : Check(name, .ok, finding)
    }

    static func size(_ bytes: UInt64) -> String {
        bytes < 1 << 30 ? "\(bytes >> 20) MiB" : "\(bytes >> 30) GiB"
    }

    private var gitCheck: Check {
        guard let git else { return Check("git", .failure, "there is none", mend: install["git"]) }
        guard Self.version(git, isAtLeast: (2, 25)) else {
            return Check("git", .failure, "\(git), and 2.25 or newer is needed", mend: install["git"])
        }
        return Check("git", .ok, git)
    }

    private var tmuxCheck: Check {
        guard let tmux else {
            return Check("tmux", .failure, "there is none, and task attach needs it", mend: install["tmux"])
        }
        guard Self.version(tmux, isAtLeast: (3, 0)) else {
            return Check("tmux", .warning, "\(tmux), and task attach was made for 3.0 or newer", mend: install["tmux"])
        }
        return Check("tmux", .ok, tmux)
    }

    /// Compares the first two numbers of `2.39.5`, `3.3a`, `next-3.4`; what has none is taken for new.
    static func version(_ text: String, isAtLeast wanted: (Int, Int)) -> Bool {
        let numbers = text.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard let major = numbers.first else { return true }
        return (major, numbers.count > 1 ? numbers[1] : 0) >= wanted
    }

    // MARK: - Our own

    private var installationCheck: Check {
        if let installation {
            return Check("installation", .failure, installation.message, mend: installation.next)
        }
        return Check("installation", .ok, "\(PlainText.line(program)), with guest, images and policies")
    }

    private var configurationCheck: Check {
        if let configuration {
            return Check("configuration", .failure, configuration.message, mend: configuration.next)
        }
        return Check(
            "configuration", .ok, configurationPath.map { PlainText.line($0) } ?? "none of yours: all as usual")
    }

    private var leftoverChecks: [Check] {
        var checks: [Check] = []
        for (id, reason) in leftovers.damaged {
            checks.append(Check("tasks", .warning, "\(id): \(PlainText.line(reason))", mend: "task rm --force \(id)"))
        }
        if !leftovers.stuck.isEmpty {
            let names = Self.list(leftovers.stuck.map(\.description))
            checks.append(
                Check(
                    "tasks", .warning, "never started, and nobody is at it: \(names)",
                    mend: "task rm --force \(leftovers.stuck[0])"))
        }
        if !leftovers.unsupervised.isEmpty {
            let names = Self.list(leftovers.unsupervised.map(\.description))
            checks.append(
                Check("tasks", .warning, "without a supervisor: \(names)", mend: "task list, which starts one"))
        }
        if checks.isEmpty { checks.append(Check("tasks", .ok, "all are looked after")) }
        let left = leftovers.containers.map(\.name) + leftovers.directories.map(Files.name(of:))
        checks.append(
            left.isEmpty
                ? Check("leftovers", .ok, "none")
                : Check("leftovers", .warning, "of crashed runs: \(Self.list(left))", mend: "task prune"))
        if leftovers.images > 0 {
            checks.append(
                Check(
                    "images", .ok,
                    "\(leftovers.images) can go: replaced by newer ones, or of projects that are gone",
                    mend: "task image prune --caches"))
        }
        return checks
    }

    /// A few names, and how many more.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(3).map { PlainText.line($0, limit: 80) }.joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }
}
