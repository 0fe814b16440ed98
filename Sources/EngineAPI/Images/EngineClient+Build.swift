import Glibc

extension EngineClient {
    /// The builder that a build with this spec gets.
    public func builder(for spec: BuildSpec) async throws(EngineError) -> Builder {
        let engine = try await agreed().engine
        if engine.flavor == .podman { return .podman }
        let isNarrowed = spec.networkMode?.hasPrefix("container:") == true
        return engine.builderVersion == "1" || spec.builder == .classic || isNarrowed ? .dockerClassic : .buildKit
    }

    /// Builds an image from a tar stream: `POST /build`.
    ///
    /// Cancelling ends the build, the step that runs included, and removes what only this build has made: containers,
    /// and images between steps. BuildKit keeps its cache. With a Podman of another user's, or on another
    /// machine, or without root and with `networkMode` of `none`, the step that runs goes on to its end, and nothing
    /// comes after it.
    ///
    /// - Parameters:
    ///   - context: the Dockerfile and the files it copies, as `tar(5)`.
    ///   - progress: called with each thing that happens, in order.
    /// - Returns: the image's id, with `sha256:`.
    /// - Throws: `response` with what the builder said, where a step failed; see `BuildFailure`.
    public func buildImage(
        _ spec: BuildSpec, context: Upload, progress: (BuildProgress) -> Void = { _ in }
    ) async throws(EngineError) -> String {
        var decoder = BuildDecoder(spec)
        let start = Int64(time(nil))
        let builder = try await builder(for: spec)
        guard builder == .podman else {
            let target = spec.target(version: builder == .buildKit ? 2 : 1).with("networkmode", spec.networkMode)
            do throws(EngineError) {
                return try await build(target, context, &decoder, progress)
            } catch {
                if error == .cancelled { await removeSteps(decoder.made, since: start) }
                throw error
            }
        }
        let isRootless = try await info().isRootless
        let network = try await podmanNetwork(spec, isRootless: isRootless)
        let mark = BuildMark(isRootless: isRootless)
        let target = spec.target(version: 1).with(network)
            .with("cgroupparent", mark.cgroup).with("extrahosts", mark.hosts)
        do throws(EngineError) {
            let id = try await buildUndisturbed(spec, target, context, &decoder, progress)
            try await check(network)
            return id
        } catch {
            // Podman goes on with the step that it is at, whoever is gone.
            if error == .cancelled {
                await mark.end()
                await removeSteps(decoder.made, since: start)
            }
            throw error
        }
    }

    /// Podman's builder fails where another request removes an image that it is looking at, as its other routes do: it
    /// is asked again, three times at most. What was told of the build before is not told twice.
    private func buildUndisturbed(
        _ spec: BuildSpec, _ target: Target, _ context: Upload, _ decoder: inout BuildDecoder,
        _ progress: (BuildProgress) -> Void
    ) async throws(EngineError) -> String {
        var told: [BuildProgress] = []
        for _ in 0..<(context.isRepeatable ? 3 : 0) {
            var before = told
            var pending: BuildProgress?
            do throws(EngineError) {
                let id = try await build(target, context, &decoder) { event in
                    if let index = before.firstIndex(of: event) {
                        before.remove(at: index)
                    } else if case .failed = event {
                        pending = event
                    } else {
                        if case .log = event {} else { told.append(event) }
                        progress(event)
                    }
                }
                return id
            } catch {
                guard error.buildFailure?.kind == .disturbed else {
                    if let pending { progress(pending) }
                    throw error
                }
            }
            decoder = BuildDecoder(spec)
        }
        return try await build(target, context, &decoder) { event in
            if !told.contains(event) { progress(event) }
        }
    }

    private func build(
        _ target: Target, _ context: Upload, _ decoder: inout BuildDecoder, _ progress: (BuildProgress) -> Void
    ) async throws(EngineError) -> String {
        let response = try await stream(.post, target, body: .tar(context), timeout: nil)
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

    /// Removes the images that a build has made between its steps, the last one first, as far as nothing else uses
    /// them: `DELETE /images/{name}?noprune=1`. The calling task may have been cancelled; this is done nevertheless.
    ///
    /// - Parameters:
    ///   - made: the beginnings of their ids, out of the build's own text. A step can write such text, too: nothing is
    ///     touched that has a name or is older than the build.
    ///   - start: when the build began, in seconds since 1970.
    private func removeSteps(_ made: [String], since start: Int64) async {
        guard !made.isEmpty else { return }
        await Task.detached { [self] in
            let images = (try? await listImages(labels: [], all: true)) ?? []
            let young = images.filter { $0.tags.isEmpty && $0.created ?? 0 >= start }
            for step in made.reversed() {
                for image in young where image.id.hasPrefix("sha256:\(step)") {
                    await removeStep(image.id)
                }
            }
        }.value
    }

    /// The container that the next step ran in may need the image for a moment yet; another build's image, for longer.
    private func removeStep(_ id: String) async {
        for _ in 0..<20 {
            do throws(EngineError) {
                return try await done(.delete, named(.delete, "/images", id).with("noprune", true))
            } catch {
                guard error.isConflict else { return }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }
}
