/// A reference to an image, taken apart as the API wants it: `repository:tag` or `repository@digest`.
struct ImageReference: Sendable, Equatable {
    let repository: String
    /// The tag or, with its algorithm, the digest. `latest` where the reference has neither: without one an engine
    /// would fetch every tag there is.
    let tag: String

    /// The registry: what is before the first slash where that looks like a host, Docker's own otherwise.
    var registry: String {
        guard let slash = repository.firstIndex(of: "/") else { return Self.hub }
        let first = repository[..<slash]
        return first == "localhost" || first.contains(where: { $0 == "." || $0 == ":" }) ? String(first) : Self.hub
    }

    private static let hub = "docker.io"

    init(_ reference: String) {
        if let at = reference.firstIndex(of: "@") {
            repository = String(reference[..<at])
            tag = String(reference[reference.index(after: at)...])
            return
        }
        // A colon before the last slash belongs to the registry's port.
        let name = reference.lastIndex(of: "/") ?? reference.startIndex
        if let colon = reference[name...].lastIndex(of: ":") {
            repository = String(reference[..<colon])
            tag = String(reference[reference.index(after: colon)...])
        } else {
            repository = reference
            tag = "latest"
        }
    }
}

/// The registry that an image is fetched from: `docker.io` where the reference names none.
public func registry(of reference: String) -> String { ImageReference(reference).registry }
