import EngineAPI
import ImageLibrary
import System
import TaskModel

extension LayerBuilder {
    /// Makes a base: on top of a registry's image where a registry answers, else from the packages of this machine's own
    /// release, streamed into the engine without a copy on disk.
    func make(_ packages: PackageBase) async throws(TaskError) -> (id: String, digest: String?) {
        if let base = try await maker.registryImage(packages.registry) {
            var spec = spec("Containerfile")
            spec.arguments = ["BASE": base.name]
            let text = packages.containerfile
            let upload = Upload.bytes(Archive.of([("Containerfile", Array(text.utf8))]))
            return (try await run(spec, upload, hint: nil), base.digest)
        }
        let release = maker.host.suite
        maker.listener(.progress("making it from \(release) packages (about half a minute, once)"))
        return (try await importPackages(packages), nil)
    }

    private func importPackages(_ packages: PackageBase) async throws(TaskError) -> String {
        var arguments = ["--variant=essential", "--include=\(packages.packages.joined(separator: ","))"]
        arguments += packages.omit.map { "--dpkgopt=path-exclude=\($0)" }
        arguments += ["--aptopt=Acquire::Retries \"3\"", maker.host.suite, "-"]
        let listener = maker.listener
        let scratch = BootstrapScratch.current
        var environment = ProcessEnvironment.current
        environment["TMPDIR"] = scratch.directory ?? environment["TMPDIR"]
        let program = Subprocess("mmdebstrap", arguments, environment: environment)
        let bootstrap = try Bootstrap(program) { listener(.progress($0)) }
        let changes = labels.sorted { $0.key < $1.key }.map { "LABEL \($0.key)=\"\($0.value)\"" }
        do throws(EngineError) {
            return try await client.importImage(nil, from: bootstrap.upload, changes: changes)
        } catch {
            let reason = await bootstrap.stop()
            if error == .cancelled {
                throw TaskError(.noSandbox, "the build of the image '\(plan.title)' was cancelled")
            }
            throw TaskError(
                .noSandbox, "cannot make the image '\(plan.title)': \(reason ?? "\(error)")",
                next: (bootstrap.hasNoRoom ? scratch.hint : nil)
                    ?? "the same command again, or task image import <archive>")
        }
    }
}

extension PackageBase {
    /// The same as a Containerfile, for an engine that reaches a registry.
    var containerfile: String {
        let rules = omit.map { "path-exclude=\($0)" }.joined(separator: "\\n")
        return """
            ARG BASE
            FROM ${BASE}
            RUN printf '\(rules)\\n' > /etc/dpkg/dpkg.cfg.d/task && apt-get update && \
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            \(packages.joined(separator: " ")) && rm -rf /var/lib/apt/lists/*

            """
    }
}
