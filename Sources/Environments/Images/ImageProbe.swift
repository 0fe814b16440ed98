import EngineAPI
import FoundationEssentials
import System
public import TaskModel

extension EnvironmentService {
    /// What an image has of the things that tasks need. It is looked at once; an image with another id is another image.
    ///
    /// - Parameter imageID: the engine's id, `sha256:…`.
    /// - Throws: `TaskError` where the image cannot be looked into.
    public func probe(_ imageID: String) async throws(TaskError) -> ImageFacts {
        let memo = factsMemo(imageID)
        if let bytes = try? Files.read(memo, limit: 1 << 20),
            let facts = try? JSONDecoder().decode(ImageFacts.self, from: Data(bytes)),
            facts.version == ImageFacts.currentVersion
        {
            return facts
        }
        let facts = try ImageFacts(report: try await reportOfProbe(imageID))
        do {
            try Files.makeDirectory(Files.parent(of: memo))
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try Files.replace(memo, with: Array(encoder.encode(facts)))
        } catch {
            throw TaskError(.noSandbox, "cannot note what is in the image: \(error)")
        }
        return facts
    }

    /// Forgets what was remembered of an image.
    func forgetFacts(_ imageID: String) {
        try? Files.remove(factsMemo(imageID))
    }

    /// Ids come from the engine; what is not one becomes a name that cannot lead anywhere else.
    private func factsMemo(_ imageID: String) -> String {
        "\(stateRoot)/images/\(place.rawValue)/facts/\(SHA256.hex(imageID.utf8)).json"
    }

    /// The probe's own words, from a container that is made for it and removed after it. Nothing of the host's is in it
    /// but the guest; it has no network, and the few capabilities that the guest drops before it looks at anything.
    private func reportOfProbe(_ imageID: String) async throws(TaskError) -> [UInt8] {
        let installation = try Installation.find()
        return try await run(
            probeSpec(imageID, guest: installation.guest, seccomp: installation.seccomp),
            as: "task-probe-\(UInt64.random(in: .min ... .max))-\(owner)", seconds: 60, doing: "look into the image")
    }

    /// Runs a container to its end and removes it, however that is; what it printed, at most 128 KiB.
    func run(
        _ spec: ContainerSpec, as name: String, seconds: Int, doing what: String
    ) async throws(TaskError) -> [UInt8] {
        // Not cancelled with the caller, or the container would stay; it takes no longer than it may.
        let work = Task { () -> Result<[UInt8], TaskError> in
            do throws(TaskError) {
                let id = try await engine("make a container to \(what)") { () async throws(EngineError) in
                    try await client.createContainer(spec, name: name).id
                }
                let result: Result<[UInt8], TaskError>
                do throws(TaskError) {
                    result = .success(try await output(of: id, seconds: seconds, doing: what))
                } catch {
                    result = .failure(error)
                }
                try await remove(id)
                return result
            } catch {
                return .failure(error)
            }
        }
        return try await work.value.get()
    }

    private func output(of container: String, seconds: Int, doing what: String) async throws(TaskError) -> [UInt8] {
        try await engine(what) { () async throws(EngineError) in
            try await client.startContainer(container)
            _ = try await client.waitForContainer(container, timeout: .seconds(seconds))
        }
        var report: [UInt8] = []
        do {
            for try await chunk in try await client.containerLogs(container) {
                report += chunk.bytes
                if report.count > 128 << 10 { break }
            }
        } catch {
            throw TaskError(.noSandbox, "cannot \(what): \(error)")
        }
        return report
    }

    func probeSpec(_ imageID: String, guest: String, seccomp: SeccompProfile) -> ContainerSpec {
        var host = HostConfig()
        host.networkMode = "none"
        host.capDrop = ["ALL"]
        host.capAdd = ["SETUID", "SETGID", "SETPCAP"]
        let profile = traits.flavor == .podman ? seccomp.path : seccomp.json
        host.securityOptions = ["no-new-privileges", "seccomp=\(profile)"]
        host.readOnlyRoot = true
        host.memory = traits.isRootless ? nil : 256 << 20
        host.memorySwap = host.memory
        host.pidsLimit = traits.isRootless ? nil : 64
        host.mounts = [.bind(guest, at: SandboxPath.guest, readOnly: true)]
        host.log = LogConfig(driver: "json-file", options: ["max-size": "1m"])
        host.restart = .never
        host.ipcMode = "private"
        var spec = ContainerSpec(image: imageID, command: ["probe"], host: host)
        spec.entrypoint = [SandboxPath.guest]
        spec.user = "0:0"
        spec.workingDirectory = "/"
        spec.labels = madeHere.merging([Label.role: "probe"]) { $1 }
        spec.healthcheck = Healthcheck.none
        spec.stopTimeout = 0
        return spec
    }
}
