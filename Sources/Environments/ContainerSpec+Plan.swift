public import EngineAPI
import TaskModel

extension SandboxPlan {
    /// What PID 1 needs until it drops all of it, before anything of the agent runs: an address on `lo`, the ports,
    /// the agent's uid, its own bounding set, the agent's runtime directory.
    static let startCapabilities = ["NET_ADMIN", "NET_BIND_SERVICE", "SETUID", "SETGID", "SETPCAP", "CHOWN"]

    /// The engine's form of the plan.
    func containerSpec(on engine: EngineTraits, labels: [String: String]) -> ContainerSpec {
        var host = HostConfig()
        host.networkMode = "none"
        host.capDrop = ["ALL"]
        host.capAdd = Self.startCapabilities
        let profile = engine.flavor == .podman ? seccomp.path : seccomp.json
        host.securityOptions = ["no-new-privileges", "seccomp=\(profile)"]
        host.readOnlyRoot = true
        host.memory = limits.memory.map { Int64(clamping: $0) }
        host.memorySwap = host.memory
        host.nanoCPUs = limits.milliCPUs.map { Int64($0) * 1_000_000 }
        host.pidsLimit = limits.processes.map(Int64.init)
        host.mounts = volumes.map {
            $0.isNamed == true
                ? .volume($0.source, at: $0.target, readOnly: $0.readOnly)
                : .bind($0.source, at: $0.target, readOnly: $0.readOnly)
        }
        host.tmpfs = scratch(on: engine)
        host.log = LogConfig(driver: "json-file", options: ["max-size": "1m"])
        host.restart = .never
        host.ipcMode = "private"
        host.usernsMode = engine.isRootless ? "keep-id" : nil
        // PID 1 opens listeners when it has no capability any more.
        host.sysctls = ["net.ipv4.ip_unprivileged_port_start": "0"]

        var spec = ContainerSpec(image: image, command: guestArguments, host: host)
        spec.entrypoint = [SandboxPath.guest]
        spec.user = "0:0"
        spec.workingDirectory = "/"
        spec.hostname = task.description
        spec.labels = labels
        // An engine would run the image's as root, with the capabilities that PID 1 begins with.
        spec.healthcheck = Healthcheck.none
        spec.stopTimeout = 10
        return spec
    }

    /// Memory-backed directories of a read-only root.
    private func scratch(on engine: EngineTraits) -> [String: String] {
        // Podman would copy the image's own content into them.
        let common = "rw,nosuid,nodev" + (engine.flavor == .podman ? ",notmpcopyup" : "")
        return [
            "/tmp": "\(common),exec,mode=1777",
            "/var/tmp": "\(common),exec,mode=1777",
            "/run": "\(common),noexec,mode=755",
        ]
    }
}

/// What about an engine changes how a container is asked for.
public struct EngineTraits: Equatable, Sendable {
    /// Docker or Podman.
    public let flavor: EngineFlavor
    /// True where the engine runs as an ordinary user; root inside is then that user outside.
    public let isRootless: Bool

    /// Traits.
    public init(flavor: EngineFlavor, isRootless: Bool) {
        self.flavor = flavor
        self.isRootless = isRootless
    }
}
