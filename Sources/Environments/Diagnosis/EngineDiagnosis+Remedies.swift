import EngineAPI
import System

extension EngineDiagnosis {
    /// What mends it, the likeliest first.
    var remedies: [Remedy] {
        var result: [Remedy] = []
        if let wanted, let other = otherEngine {
            result.append(
                Remedy(
                    title: "to use \(other.rawValue) instead of \(wanted.rawValue):",
                    commands: ["task run --engine \(other.rawValue) …"]))
        }
        if pointsNowhere { result.append(forget()) }
        let states = judged.map { ($0, state(of: $0)) }
        for (engine, state) in states {
            if case .forbidden(let socket) = state { result += admit(to: socket, of: engine) }
        }
        if let named, named.outcome == .unreachable(.permissionDenied), !isUsual(named.place) {
            result += admit(to: named.place, of: .docker)
        }
        for (engine, state) in states {
            switch state {
            case .stopped: result.append(start(engine))
            case .strange(let place, _) where machine.sockets[place]?.isSocket == false:
                result.append(Remedy(title: "to see what it is:", commands: ["ls -ld \(place)"]))
            case .strange:
                result.append(
                    Remedy(
                        title: "to start \(engine.rawValue) again:", commands: [commandToStart(engine, again: true)]))
            default: continue
            }
        }
        // Where an engine is there, a second one is no answer but for who may not use the first.
        let isThere = states.contains { state in
            switch state.1 {
            case .missing, .forbidden: false
            default: true
            }
        }
        if !isThere, !isFinal {
            result += states.compactMap { $0.1 == .missing ? install($0.0) : nil }
            if result.isEmpty {
                result.append(
                    Remedy(
                        title: "to install one, see how your distribution does it: Docker Engine or Podman",
                        commands: []))
            }
        }
        return result
    }

    /// What was named is no longer to count.
    private func forget() -> Remedy {
        let command: String
        switch origin {
        case .variable(let name): command = "unset \(name)"
        case .context where machine.choosesContext: command = "unset DOCKER_CONTEXT"
        case .context where machine.programs["docker"] != nil: command = "docker context use default"
        case .context, .wellKnown, nil: command = "export DOCKER_CONTEXT=default"
        }
        let use = others.first { $0.flavor == wanted ?? $0.flavor }.map {
            "to use \($0.flavor.rawValue) at \($0.socket)"
        }
        return Remedy(title: "\(use ?? "to look at the usual places"):", commands: [command])
    }

    /// The user is to get at a socket.
    private func admit(to socket: String, of engine: EngineFlavor) -> [Remedy] {
        guard let facts = machine.sockets[socket], !facts.isHidden, !machine.isRoot else { return [] }
        let restart = commandToStart(engine, again: true)
        if facts.isMember {
            // The mode is to blame, and the daemon sets it.
            return [Remedy(title: "to have the socket made anew, for its group:", commands: [restart])]
        }
        if facts.isListed {
            return [
                Remedy(
                    title: "to use it, log in again; or in this shell:", commands: ["newgrp \(facts.group)"])
            ]
        }
        let group = facts.group == "root" ? "docker" : facts.group
        var commands = [machine.asRoot(machine.distribution.join(group, machine.user))]
        if facts.group == "root" {
            // Docker gives its socket to the group of its own name, where there is one when it starts.
            let create = machine.distribution == .alpine ? "addgroup" : "groupadd"
            commands = [machine.asRoot("\(create) docker")] + commands + [restart]
        }
        return [
            Remedy(
                title: "to let \(machine.user) use it:", commands: commands,
                remark: "then log in again; whoever is in the group \(group) is as good as root")
        ]
    }

    private func start(_ engine: EngineFlavor) -> Remedy {
        let own = engine == .podman && !machine.isRoot
        return Remedy(
            title: own ? "to start your own podman:" : "to start \(engine.rawValue):",
            commands: [commandToStart(engine, again: false)])
    }

    private func commandToStart(_ engine: EngineFlavor, again: Bool) -> String {
        let verb = again ? "restart" : "start"
        switch (engine, machine.manager) {
        case (.docker, .systemd): return machine.asRoot("systemctl \(verb) docker")
        case (.docker, .openRC): return machine.asRoot("rc-service docker \(verb)")
        case (.docker, .scripts): return machine.asRoot("service docker \(verb)")
        case (.docker, .none): return machine.asRoot("dockerd") + " &"
        case (.podman, .systemd) where machine.isRoot: return "systemctl \(verb) podman.socket"
        case (.podman, .systemd): return "systemctl --user \(verb) podman.socket"
        case (.podman, _): return "podman system service --time=0 &"
        }
    }

    private func install(_ engine: EngineFlavor) -> Remedy? {
        guard let package = machine.distribution.install(engine) else { return nil }
        var commands = [machine.asRoot(package)]
        var remark: String?
        // Debian starts what it installs, where something starts daemons.
        let isStarted = engine == .docker && machine.distribution == .debian && machine.manager == .systemd
        if !isStarted { commands.append(commandToStart(engine, again: false)) }
        if engine == .docker, !machine.isRoot {
            commands.append(machine.asRoot(machine.distribution.join("docker", machine.user)))
            remark = "then log in again; whoever is in the group docker is as good as root"
        }
        let title = engine == .podman && !machine.isRoot ? "podman, which needs no rights of root" : engine.rawValue
        return Remedy(title: "to install \(title):", commands: commands, remark: remark)
    }
}
