import EngineAPI
import FoundationEssentials
import System
import TaskModel

/// Makes an image from its definition: on top of a registry's image where a registry answers, else from the packages of
/// this machine's own release, streamed into the engine without a copy on disk.
struct ImageBuilder {
    let client: EngineClient
    let definition: ImageDefinition
    let host: HostRelease
    let progress: @Sendable (String) -> Void

    func build(reference: String, labels: [String: String]) async throws(TaskError) {
        progress("looking for \(definition.registry) in a registry")
        let refusal: EngineError
        do throws(EngineError) {
            _ = try await client.pullImage(definition.registry)
            return try await buildOnRegistryImage(reference, labels)
        } catch {
            refusal = error
        }
        if refusal == .cancelled { throw refusal.asTaskError("build '\(reference)'") }
        progress("no registry has it: making it from \(host.suite) packages (about half a minute, once)")
        try await importPackages(reference, labels)
    }

    private func buildOnRegistryImage(_ reference: String, _ labels: [String: String]) async throws(EngineError) {
        var spec = BuildSpec(tags: [reference])
        spec.dockerfile = "Containerfile"
        spec.labels = labels
        let context = Tar.file("Containerfile", Array(definition.containerfile.utf8))
        _ = try await client.buildImage(spec, context: .bytes(context)) { event in
            if case .started(_, let name) = event { progress(PlainText.line(name, limit: 100)) }
        }
    }

    private func importPackages(_ reference: String, _ labels: [String: String]) async throws(TaskError) {
        var arguments = ["--variant=essential", "--include=\(definition.packages.joined(separator: ","))"]
        arguments += definition.omit.map { "--dpkgopt=path-exclude=\($0)" }
        arguments += ["--aptopt=Acquire::Retries \"3\"", host.suite, "-"]
        let bootstrap = try Bootstrap(Subprocess("mmdebstrap", arguments), progress: progress)
        let changes = labels.sorted { $0.key < $1.key }.map { "LABEL \($0.key)=\($0.value)" }
        do throws(EngineError) {
            _ = try await client.importImage(reference, from: bootstrap.upload, changes: changes)
        } catch {
            let reason = await bootstrap.stop()
            try? await client.removeImage(reference, force: true)
            throw TaskError(
                .noSandbox, "cannot make the image '\(reference)': \(reason ?? "\(error)")",
                next: "try again, or name an image with --image")
        }
    }
}
