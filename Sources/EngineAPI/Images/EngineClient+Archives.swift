extension EngineClient {
    /// Makes an image of what a container's root has become:
    /// `POST /commit?container=&repo=&tag=&pause=&changes=`, then `POST /images/{id}/tag?repo=&tag=`.
    ///
    /// The container is paused meanwhile. What it has mounted is no part of its root.
    ///
    /// - Parameters:
    ///   - reference: the image's name, given last; nil for none.
    ///   - changes: Dockerfile instructions such as `LABEL a=b`.
    /// - Returns: the image's id, with `sha256:`.
    public func commitContainer(
        _ container: String, as reference: String?, changes: [String] = []
    ) async throws(EngineError) -> String {
        var target = Target("/commit").with("container", container).with("pause", true)
        for change in changes { target = target.with("changes", change) }
        // Docker wants a JSON value there, which would replace the container's own settings; nothing keeps them.
        let reply: ImportReply = try await value(.post, target, body: .json(Array("{}".utf8)), timeout: .seconds(900))
        let id = normalizedDigest(reply.id)
        guard isDigest(id) else {
            throw .malformed(route: Request.route(.post, target), what: "no image id: \(reply.id)")
        }
        if let reference { try await tagImage(id, as: reference) }
        return id
    }

    /// The images as an archive that `loadImages` reads: `GET /images/get?names=`. The engine is held back while the
    /// writer is slow.
    ///
    /// - Parameters:
    ///   - references: names, which the archive keeps, or ids, which have none in it.
    ///   - write: called with each piece in turn; an error that it throws ends the request and is passed on.
    /// - Throws: `EngineError`, or what `write` throws.
    public func exportImages(_ references: [String], to write: ([UInt8]) throws -> Void) async throws {
        guard !references.isEmpty else { throw EngineError.request(route: "GET /images/get", reason: "no image") }
        // An engine without one of them would leave it out, or say so in the middle of the archive.
        for reference in references { _ = try await inspectImage(reference) }
        var target = Target("/images/get")
        for reference in references { target = target.with("names", reference) }
        // Podman writes the whole archive to a file before it answers.
        let response = try await stream(.get, target, timeout: .seconds(900))
        while let bytes = try await response.next() { try write(bytes) }
    }

    /// Takes images over from an archive: `POST /images/load`.
    ///
    /// - Returns: the references, or the ids of those that have none, as the engine names them.
    public func loadImages(from archive: Upload) async throws(EngineError) -> [String] {
        let response = try await stream(.post, Target("/images/load"), body: .tar(archive), timeout: .seconds(900))
        var loaded = LoadedImages()
        try await response.lines { line throws(EngineError) in
            let said = try Wire.decode(PullLine.self, line, route: response.route)
            if let message = said.failure {
                throw .response(status: response.head.status, message: message, route: response.route)
            }
            loaded.receive(said.progress.status)
        }
        return loaded.names
    }
}

/// What both engines write while they load an archive: a line for each image, made for people. A value without I/O.
struct LoadedImages {
    private(set) var names: [String] = []

    mutating func receive(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            for beginning in ["Loaded image: ", "Loaded image ID: ", "Loaded image(s): "]
            where line.hasPrefix(beginning) {
                // Podman puts several on a line.
                for name in line.dropFirst(beginning.count).split(whereSeparator: { $0 == "," || $0 == " " }) {
                    names.append(normalizedDigest(String(name)))
                }
            }
        }
    }
}
