import EngineAPI
import System
import TaskModel

extension ImageMaker {
    /// An image that was not made from a definition: as the engine has it, or from its registry. The id is what counts
    /// from then on.
    func reference(_ name: String) async throws(TaskError) -> Found {
        if let known = references[name] { return known }
        try ImageName.check(name)
        var details: ImageDetails?
        if request.pull != .always || ImageName.isLocal(name) { details = try await service.inspected(name) }
        if details == nil {
            guard request.pull != .never else {
                throw TaskError(
                    .noSandbox, "the image '\(name)' is not on \(service.place.rawValue), and nothing is to be pulled",
                    next: "task image import <archive>, or without --pull never")
            }
            guard !ImageName.isLocal(name) else {
                throw TaskError(
                    .noSandbox,
                    "the image '\(name)' is not on \(service.place.rawValue) and cannot be fetched: no registry has such names",
                    next: "\(service.place.rawValue) images")
            }
            details = try await pulled(name)
        }
        guard let details else { throw TaskError(.noSandbox, "the image '\(name)' was pulled and is not there") }
        try checkArchitecture(details, name)
        var found = Found(id: details.id, reference: name)
        found.digest = details.digests.first
        found.details = details
        references[name] = found
        return found
    }

    /// Fetches an image from its registry; the engine knows it by the name afterwards, or by the full one.
    private func pulled(_ name: String) async throws(TaskError) -> ImageDetails? {
        listener(.progress("fetching the image \(name)"))
        guard let refusal = try await pull(name) else { return try await service.inspected(name) }
        // Podman asks nobody about short names where its administrator has not said whom to ask.
        guard service.traits.flavor == .podman, refusal != .cancelled, !refusal.isSilence,
            let full = ImageName.onDockerHub(name)
        else { throw cannotPull(name, refusal) }
        listener(.notice("podman does not know which registry '\(name)' is from: taking it for '\(full)'"))
        if let refusal = try await pull(full) { throw cannotPull(name, refusal) }
        return try await service.inspected(full)
    }

    /// Fetches an image; nil where that went well.
    private func pull(_ name: String) async throws(TaskError) -> EngineError? {
        guard let flavor = EngineFlavor(rawValue: service.place.rawValue) else { return .cancelled }
        // An engine's service knows nothing of what its user told its program.
        let credentials = try await RegistryLogin(flavor, environment: request.callerEnvironment).credentials(for: name)
        do throws(EngineError) {
            _ = try await service.client.pullImage(name, credentials: credentials, patience: Self.patience) { event in
                if event.layer == nil { listener(.progress(PlainText.line(event.status, limit: 100))) }
            }
            return nil
        } catch {
            return error
        }
    }

    /// How long a registry may take to begin to answer.
    private static let patience = Duration.seconds(10)

    /// A registry's image for packages to go on, as the request allows to get it; nil where no registry has it or
    /// answers: packages alone do as well.
    func registryImage(_ name: String) async throws(TaskError) -> RegistryImage? {
        if let known = registryImages[name] { return known }
        var details = request.pull == .always ? nil : try await service.inspected(name)
        if details == nil, request.pull != .never {
            listener(.progress("looking for \(name) in a registry"))
            if let refusal = try await pull(name) {
                if refusal == .cancelled { throw cannotPull(name, refusal) }
                listener(.log(step: nil, text: "no registry has \(name): \(refusal)"))
            } else {
                details = try await service.inspected(name)
            }
        }
        if let details { try checkArchitecture(details, name) }
        let image = details.map { RegistryImage(name: name, digest: $0.digests.first) }
        registryImages[name] = .some(image)
        return image
    }

    private func cannotPull(_ name: String, _ error: EngineError) -> TaskError {
        if error == .cancelled { return error.asTaskError("pull the image '\(name)'") }
        let place = service.place.rawValue
        return TaskError(
            .noSandbox, "the image '\(name)' is not on \(place) and cannot be fetched: \(error)",
            next: "task image import <archive>, or \(place) images")
    }

    /// An image for another kind of machine starts as slowly as it fails obscurely.
    func checkArchitecture(_ details: ImageDetails, _ name: String) throws(TaskError) {
        let machine = ImageName.architecture(host.architecture)
        if let os = details.os, !os.isEmpty, os != "linux" {
            throw TaskError(
                .noSandbox, "the image '\(name)' is for \(PlainText.line(os, limit: 40)), and tasks run on linux")
        }
        guard let architecture = details.architecture, !architecture.isEmpty, architecture != machine else { return }
        throw TaskError(
            .noSandbox,
            "the image '\(name)' is for \(PlainText.line(architecture, limit: 40)) machines, and this one is \(machine)",
            next: "name an image for \(machine) with --image")
    }
}

extension EngineError {
    /// True where nobody answered in time.
    var isSilence: Bool {
        if case .silentRegistry = self { return true }
        return false
    }
}
