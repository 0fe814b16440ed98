import Environments
import GuestProtocol
import NetworkPolicy
import TaskModel
import TaskStore

/// From what was asked to what is made: pure, so that every sandbox can be told beforehand.
struct SandboxPlanner {
    var inputs: TaskInputs
    let directory: TaskDirectory
    let mirrorObjects: String
    let guest: String
    let seccomp: SeccompProfile
    let user: AgentUser

    /// True where a container is between the agent and the host.
    var isIsolated: Bool { inputs.place.capabilities.contains(.isolation) }

    // MARK: Where things are for the agent

    /// Its clone: at the project's own path where that is the sandbox's to give, else where it really is.
    var workspace: String { isIsolated ? inputs.repository.path : directory.workspace }
    /// What the clone borrows.
    var objects: String { isIsolated ? SandboxPath.objects : mirrorObjects }
    /// The file in which it says whether it waits.
    var status: String { isIsolated ? SandboxPath.status : "\(directory.home)/\(HomeFiles.folder)/\(HomeFiles.status)" }
    /// The file that says that its setup has succeeded.
    var setup: String { isIsolated ? SandboxPath.setup : "\(directory.home)/\(HomeFiles.folder)/\(HomeFiles.setup)" }
    /// The directory that it starts in.
    var startDirectory: String { inputs.subdirectory.isEmpty ? workspace : "\(workspace)/\(inputs.subdirectory)" }

    // MARK: What is made for it

    /// What the agent's container gets, in the order in which it is mounted; nothing where there is none.
    func agentVolumes() -> [Volume] {
        guard isIsolated else { return [] }
        let passage = projectBelowRoot.map { _ in
            Volume(.passage, source: directory.passage, target: "/root", readOnly: true)
        }
        return [passage].compactMap { $0 } + [
            Volume(.guest, source: guest, target: SandboxPath.guest, readOnly: true),
            Volume(.control, source: directory.control, target: SandboxPath.control, readOnly: true),
            Volume(.names, source: directory.resolver, target: SandboxPath.resolver, readOnly: true),
            Volume(.names, source: directory.hosts, target: SandboxPath.hosts, readOnly: true),
            Volume(.objects, source: mirrorObjects, target: SandboxPath.objects, readOnly: true),
            Volume(.home, source: directory.home, target: SandboxPath.home, readOnly: false),
            Volume(.workspace, source: directory.workspace, target: inputs.repository.path, readOnly: false),
        ] + (inputs.equipment?.volumes ?? [])
    }

    /// Where the project lies below `/root`, which images close to everyone but root; nil where it does not.
    var projectBelowRoot: Substring? {
        inputs.repository.path.hasPrefix("/root/") ? inputs.repository.path.dropFirst("/root/".count) : nil
    }

    /// The agent's container.
    func agentPlan(image: Image?, policy: NetworkPolicy) -> SandboxPlan {
        guard isIsolated else { return hostPlan(.agent) }
        let listeners = ["udp:53", "tcp:53"] + policy.ports.sorted().map { "tcp:\($0)" }
        let volumes = agentVolumes()
        // Engines make them as root.
        let caches = volumes.filter { $0.purpose == .cache && !$0.readOnly }.flatMap { ["--own", $0.target] }
        return SandboxPlan(
            task: inputs.id, role: .agent, image: image?.id ?? "",
            guestArguments: guestArguments(listeners: listeners) + caches, volumes: volumes,
            limits: inputs.limits, seccomp: seccomp)
    }

    /// The container that brings work out of a workspace whose own is gone: it may only read, and needs little.
    func exportPlan(image: Image?) -> SandboxPlan {
        guard isIsolated else { return hostPlan(.export) }
        let volumes = agentVolumes().filter { ![.home, .cache, .extra].contains($0.purpose) }.map {
            Volume($0.purpose, source: $0.source, target: $0.target, readOnly: true)
        }
        var limits = inputs.limits
        limits.processes = limits.processes.map { min($0, 256) }
        return SandboxPlan(
            task: inputs.id, role: .export, image: image?.id ?? "", guestArguments: guestArguments(listeners: []),
            volumes: volumes, limits: limits, seccomp: seccomp)
    }

    /// On the host there is the guest, and nothing else to plan.
    private func hostPlan(_ role: SandboxPlan.Role) -> SandboxPlan {
        SandboxPlan(
            task: inputs.id, role: role, image: "", guestArguments: ["host"], volumes: [], limits: inputs.limits,
            seccomp: seccomp)
    }

    private func guestArguments(listeners: [String]) -> [String] {
        ["init", "--uid", "\(user.user)", "--gid", "\(user.group)"] + listeners.flatMap { ["--listen", $0] }
    }

    /// The agent's environment: the image's own, ours, what the equipment says, then the user's, later ones winning.
    ///
    /// - Throws: `TaskError` where a variable to be passed on is not set.
    func environment(
        image imageEnvironment: [String], account: String? = nil, caller: [String: String],
        secrets: [String: String] = [:]
    ) throws(TaskError) -> [String: String] {
        var result =
            isIsolated ? sandboxEnvironment(image: imageEnvironment, account: account) : Self.hostEnvironment(caller)
        result["TASK_NAME"] = inputs.id.description
        result["TASK_BRANCH"] = inputs.id.branch
        result.merge(inputs.equipment?.environment ?? [:]) { _, new in new }
        if let equipment = inputs.equipment, equipment.agent != nil || equipment.waits == .reported {
            result["TASK_STATUS"] = status
        }
        for entry in inputs.environment {
            let given = entry.reference == nil ? caller[entry.name] : secrets[entry.name]
            guard let value = entry.value ?? given else {
                throw TaskError(
                    .noSandbox, "the variable '\(entry.name)' is to be passed on and is not set",
                    next: "export \(entry.name)=… and try again")
            }
            result[entry.name] = value
        }
        return result
    }

    private func sandboxEnvironment(image: [String], account: String?) -> [String: String] {
        var result = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]
        for entry in image {
            let pair = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
        }
        result["HOME"] = SandboxPath.home
        result["USER"] = account ?? "agent"
        result["LOGNAME"] = account ?? "agent"
        result["SHELL"] = "/bin/sh"
        result["COLORTERM"] = "truecolor"
        result["XDG_RUNTIME_DIR"] = "/run/user/\(user.user)"
        return result
    }

    /// The caller's own, but for what belongs to the place where the command was typed: its terminal, its directory, its
    /// repository, and the task that it may be part of.
    private static func hostEnvironment(_ caller: [String: String]) -> [String: String] {
        let others: Set = ["TMUX", "TMUX_PANE", "PWD", "OLDPWD", "TASK_STATUS", LocalPlace.mark]
        return caller.filter { !others.contains($0.key) && !$0.key.hasPrefix("GIT_") }
    }

    /// Whoever has a name to look up asks us, whatever the host's own settings are: every IPv4 address inside is ours.
    var resolverSettings: String { "nameserver 198.18.0.1\n" }

    /// The host's own names are not for the agent. `localhost` is IPv4 alone: not every sandbox has an IPv6 loopback.
    var hostsFile: String {
        """
        127.0.0.1 localhost
        127.0.1.1 \(inputs.id)
        ::1 ip6-localhost ip6-loopback

        """
    }
}
