import EngineAPI
import System
public import TaskModel

extension EnvironmentService {
    /// An image that the user named: as the engine has it, else fetched from its registry.
    ///
    /// - Throws: `TaskError` where it can be had from neither.
    public func image(
        named reference: String, progress: @escaping @Sendable (String) -> Void
    ) async throws(TaskError) -> Image {
        guard !reference.isEmpty, !reference.hasPrefix("-"), !reference.contains(where: \.isWhitespace) else {
            throw TaskError(.noSandbox, "'\(PlainText.line(reference))' is not an image reference")
        }
        if let found = try await find(reference) { return found }
        progress("fetching the image \(reference)")
        do throws(EngineError) {
            _ = try await client.pullImage(reference)
        } catch {
            throw TaskError(
                .noSandbox,
                "the image '\(PlainText.line(reference))' is not on \(place.rawValue) and cannot be fetched: \(error)",
                next: "\(place.rawValue) images")
        }
        guard let found = try await find(reference) else {
            throw TaskError(.noSandbox, "the image '\(PlainText.line(reference))' was fetched and is not there")
        }
        return found
    }

    /// The image made from `images/base`: found by its content key, or made now.
    ///
    /// - Throws: `TaskError` where it cannot be made; nothing half-made is left.
    public func baseImage(
        definitions: String, progress: @escaping @Sendable (String) -> Void
    ) async throws(TaskError) -> Image {
        let definition = try ImageDefinition(name: "base", in: definitions)
        let host = try HostRelease.read()
        let key = definition.key(suite: host.suite, architecture: host.architecture)
        let reference = "localhost/task-\(definition.name):\(key.prefix(16))"
        if let found = try await find(reference, key: key, definition: definition.name) { return found }
        let lock = try await buildLock(key)
        defer { withExtendedLifetime(lock) {} }
        // Someone else may have made it while we waited.
        if let found = try await find(reference, key: key, definition: definition.name) { return found }
        let builder = ImageBuilder(client: client, definition: definition, host: host, progress: progress)
        try await builder.build(reference: reference, labels: [Label.key: key, Label.definition: definition.name])
        guard let found = try await find(reference, key: key, definition: definition.name) else {
            throw TaskError(.noSandbox, "the image '\(reference)' was made and is not there")
        }
        return found
    }

    private func find(_ reference: String, key: String? = nil, definition: String? = nil) async throws(TaskError)
        -> Image?
    {
        do throws(EngineError) {
            let details = try await client.inspectImage(reference)
            // The key decides, not the name: a name can be given to anything.
            if let key, details.config.labels?[Label.key] != key { return nil }
            return Image(
                reference: reference, id: details.id, key: key, definition: definition,
                environment: details.config.environment ?? [])
        } catch {
            if error.isNotFound { return nil }
            throw error.asTaskError("inspect the image '\(PlainText.line(reference))'")
        }
    }

    /// One build of a key at a time on this machine.
    private func buildLock(_ key: String) async throws(TaskError) -> FileLock {
        do {
            let directory = "\(stateRoot)/images"
            try Files.makeDirectory(directory)
            while true {
                if let lock = try FileLock.take("\(directory)/\(place.rawValue)-\(key.prefix(16)).lock") { return lock }
                try await Task.sleep(for: .milliseconds(200))
            }
        } catch {
            throw TaskError(.noSandbox, "cannot wait for another build of the image: \(error)")
        }
    }
}
