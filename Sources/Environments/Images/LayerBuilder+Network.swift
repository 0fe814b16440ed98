import EngineAPI
import ImageLibrary
import System
import TaskModel

extension LayerBuilder {
    /// A build whose network is narrowed must not have another way out: what an engine fetches by itself, it fetches
    /// where it is.
    func requireNoDetours(_ containerfile: Containerfile) throws(TaskError) {
        if maker.request.network == .engine { return }
        let path = PlainText.line(plan.path ?? "Containerfile")
        // Some builders have their includes processed first, by a program that nothing here knows the result of.
        if path.hasSuffix(".in") {
            throw TaskError(
                .noSandbox, "'\(path)' would be preprocessed, and what comes of it cannot be narrowed by a policy",
                next: "give it another name, or build without --policy")
        }
        if let detour = containerfile.detours.first {
            throw TaskError(
                .noSandbox,
                "\(path):\(detour.line): '\(detour.text)' is not held to a policy: the engine does it by itself",
                next: "use RUN curl, or COPY a file of the context; or build without --policy")
        }
    }

    /// The same for what an image has the builds upon it begin with.
    func requireNoDetoursBelow() async throws(TaskError) {
        if maker.request.network == .engine { return }
        let below = plan.uses.map(\.id) + plan.foreign.values.sorted()
        for image in below {
            let triggers = try await service.inspected(image)?.config.triggers ?? []
            if let trigger = triggers.first(where: Containerfile.isDetour(trigger:)) {
                throw TaskError(
                    .noSandbox,
                    "the image '\(image.prefix(19))' has its builds begin with '\(PlainText.line(trigger, limit: 100))', which is not held to a policy",
                    next: "build on another image, or without --policy")
            }
        }
    }
}
