extension EngineClient {
    /// Builds an image from a tar stream: `POST /build`. Podman is asked for its one builder, Docker for BuildKit
    /// unless it says that it prefers the classic one.
    ///
    /// Cancelling ends the build at once on Docker; Podman finishes the step it is at.
    ///
    /// - Parameters:
    ///   - context: the Dockerfile and the files it copies, as `tar(5)`.
    ///   - progress: called with each thing that happens, in order.
    /// - Returns: the image's id, with `sha256:`.
    /// - Throws: `response` with what the builder said, where a step failed.
    public func buildImage(
        _ spec: BuildSpec, context: Upload, progress: (BuildProgress) -> Void = { _ in }
    ) async throws(EngineError) -> String {
        let engine = try await agreed().engine
        let isClassic = engine.flavor == .podman || engine.builderVersion == "1"
        let target = spec.target(version: isClassic ? 1 : 2)
        let response = try await stream(.post, target, body: .tar(context), timeout: nil)
        var decoder = BuildDecoder()
        try await response.lines { line throws(EngineError) in
            let said = try Wire.decode(BuildLine.self, line, route: response.route)
            if let message = said.failure {
                for event in decoder.fail(message) { progress(event) }
                throw .response(status: response.head.status, message: message, route: response.route)
            }
            do throws(BuildDecoder.Malformed) {
                for event in try decoder.receive(said) { progress(event) }
            } catch {
                throw .malformed(route: response.route, what: error.what)
            }
        }
        for event in decoder.finish() { progress(event) }
        guard let id = decoder.imageID else {
            throw .malformed(route: response.route, what: "the build ended without an image id")
        }
        return normalizedDigest(id)
    }
}
