extension EngineClient {
    /// What the engine knows of it: `GET /images/{name}/json`.
    public func inspectImage(_ reference: String) async throws(EngineError) -> ImageDetails {
        let target = try image(.get, reference, "/json")
        return try await repeating { () throws(EngineError) in try await value(.get, target) }
    }

    /// The images that have all of these labels (each `key` or `key=value`): `GET /images/json?all=&filters=`.
    ///
    /// - Parameter all: whether those are among them that a build has left between its steps.
    public func listImages(labels: [String], all: Bool = false) async throws(EngineError) -> [ImageSummary] {
        let target = Target("/images/json").with("all", all ? "1" : nil).with(filters: ["label": labels])
        return try await repeating { () throws(EngineError) in try await value(.get, target) }
    }

    /// Makes an image of one layer from a tar stream: `POST /images/create?fromSrc=-&changes=`, or Podman's own
    /// `POST /libpod/images/import?changes=`, then `POST /images/{id}/tag?repo=&tag=`.
    ///
    /// Podman makes an image even of a stream that breaks off, with everything in `changes`. Hence the name comes
    /// last: an image that has it is whole, and one without a name is not to be trusted.
    ///
    /// - Parameters:
    ///   - reference: the image's name and tag, given last; nil for none. Begin it with `localhost/`: Podman puts `docker.io/library/` before
    ///     others.
    ///   - tar: the files, as `tar(5)`.
    ///   - changes: Dockerfile instructions such as `LABEL a=b` and `ENV PATH=/bin`.
    ///   - timeout: until the engine begins to answer, which is after the upload; `nil` for none.
    /// - Returns: the image's id, with `sha256:`.
    public func importImage(
        _ reference: String?, from tar: Upload, changes: [String] = [], timeout: Duration? = .seconds(900)
    ) async throws(EngineError) -> String {
        // Podman 4.3 answers the first route too, and leaves the whole stream behind as a file in its temporary directory.
        let isPodman = try await agreed().engine.flavor == .podman
        var target = isPodman ? Target("/libpod/images/import") : Target("/images/create").with("fromSrc", "-")
        for change in changes { target = target.with("changes", change) }
        let response = try await stream(.post, target, body: .tar(tar), timeout: timeout)
        var last = ""
        if isPodman {
            let reply = try await response.collect(limit: Wire.bodyLimit)
            last = try Wire.decode(ImportReply.self, reply, route: response.route).id
        } else {
            try await report(response) { last = $0.status }
        }
        let id = normalizedDigest(last)
        guard isDigest(id) else { throw .malformed(route: response.route, what: "no image id at the end: \(last)") }
        if let reference { try await tagImage(id, as: reference) }
        return id
    }

    /// Gives it one more name: `POST /images/{name}/tag?repo=&tag=`.
    public func tagImage(_ reference: String, as new: String) async throws(EngineError) {
        let parts = ImageReference(new)
        let target = try image(.post, reference, "/tag").with("repo", parts.repository).with("tag", parts.tag)
        try await done(.post, target)
    }

    /// Takes the name away, and the image with the last of them: `DELETE /images/{name}?force=`.
    public func removeImage(_ reference: String, force: Bool = false) async throws(EngineError) {
        try await done(.delete, image(.delete, reference).with("force", force))
    }

    private func image(
        _ method: Request.Method, _ reference: String, _ action: StaticString = ""
    ) throws(EngineError) -> Target {
        try named(method, "/images", reference, action, slashes: true)
    }
}

/// The answer to `POST /libpod/images/import`.
struct ImportReply: Decodable {
    let id: String

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
    }
}
