import FoundationEssentials

/// The contexts of Docker's command line: `config.json` and `contexts/meta/*/meta.json`.
///
/// Source: docs.docker.com, "Docker contexts", and "docker", "Configuration files".
struct DockerContexts {
    struct Choice: Equatable {
        let host: String
        let origin: EngineOrigin
        /// Whether it was chosen by `DOCKER_CONTEXT`, and not by `docker context use` at some time.
        let isExplicit: Bool
    }

    private let view: EngineSurroundings
    private let directory: String

    init(_ view: EngineSurroundings) {
        self.view = view
        directory = view.variable("DOCKER_CONFIG") ?? "\(view.home)/.docker"
    }

    /// The context that is in force, or `nil` where it is the default one.
    func chosen() throws(DiscoveryError) -> Choice? {
        let explicit = view.variable("DOCKER_CONTEXT")
        let named = if let explicit { explicit } else { try current() }
        guard let name = named, name != "default" else { return nil }
        let origin = EngineOrigin.context(name)
        guard let host = host(of: name) else {
            throw .unusable(origin: origin, reason: "no context of that name in \(directory)/contexts")
        }
        return Choice(host: host, origin: origin, isExplicit: explicit != nil)
    }

    /// `currentContext` of `config.json`.
    private func current() throws(DiscoveryError) -> String? {
        struct Config: Decodable {
            let currentContext: String?
        }
        let path = "\(directory)/config.json"
        guard let bytes = view.readFile(path) else { return nil }
        guard let config = try? JSONDecoder().decode(Config.self, from: Data(bytes)) else {
            throw .unusable(origin: .context("in \(path)"), reason: "the file is not what Docker writes")
        }
        return config.currentContext.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The host of a context, found by the name inside its file: the directory's name is only a hash of it.
    private func host(of name: String) -> String? {
        struct Meta: Decodable {
            struct Endpoint: Decodable {
                let host: String?
                enum CodingKeys: String, CodingKey {
                    case host = "Host"
                }
            }
            let name: String
            let endpoints: [String: Endpoint]?
            enum CodingKeys: String, CodingKey {
                case name = "Name"
                case endpoints = "Endpoints"
            }
        }
        let contexts = "\(directory)/contexts/meta"
        for entry in view.listDirectory(contexts).sorted() {
            guard let bytes = view.readFile("\(contexts)/\(entry)/meta.json"),
                let meta = try? JSONDecoder().decode(Meta.self, from: Data(bytes)), meta.name == name
            else { continue }
            return meta.endpoints?["docker"]?.host
        }
        return nil
    }
}
