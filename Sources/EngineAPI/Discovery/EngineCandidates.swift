/// What discovery sees of the world, so that it can be tried without one.
struct EngineSurroundings {
    let environment: [String: String]
    let home: String
    let user: UInt32
    /// The bytes of a file, or `nil` where there is none.
    let readFile: (_ path: String) -> [UInt8]?
    /// The names in a directory; none where there is none.
    let listDirectory: (_ path: String) -> [String]

    /// A variable, where it is set to something.
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
}

extension EngineDiscovery {
    /// Where to look, in order. Pure.
    ///
    /// What the user has named for the software that is wanted is final: nothing else is tried after it, lest a task
    /// run on another engine than the one its user meant.
    static func candidates(
        _ wanted: EngineFlavor?, in view: EngineSurroundings
    ) throws(DiscoveryError) -> [EngineCandidate] {
        if wanted == .podman, let host = view.variable("CONTAINER_HOST") {
            return [try final(host, .variable("CONTAINER_HOST"))]
        }
        var found: [EngineCandidate] = []
        if let host = view.variable("DOCKER_HOST") {
            if wanted != .podman { return [try final(host, .variable("DOCKER_HOST"))] }
            found.append(candidate(host, .variable("DOCKER_HOST")))
        } else if let context = try DockerContexts(view).chosen() {
            if wanted != .podman {
                let chosen = try final(context.host, context.origin)
                if context.isExplicit { return [chosen] }
            }
            found.append(candidate(context.host, context.origin))
        }
        if let host = view.variable("CONTAINER_HOST") { found.append(candidate(host, .variable("CONTAINER_HOST"))) }
        found += wellKnown(view).map { EngineCandidate(place: .socket($0), origin: .wellKnown) }
        return found.reduce(into: []) { unique, next in
            if !unique.contains(where: { $0.place == next.place }) { unique.append(next) }
        }
    }

    static func wellKnown(_ view: EngineSurroundings) -> [String] {
        let runtime = view.variable("XDG_RUNTIME_DIR") ?? "/run/user/\(view.user)"
        return [
            "/var/run/docker.sock", "\(runtime)/docker.sock", "\(runtime)/podman/podman.sock",
            "\(view.home)/.docker/run/docker.sock", "\(view.home)/.docker/desktop/docker.sock",
            "\(view.home)/.orbstack/run/docker.sock", "\(view.home)/.colima/default/docker.sock",
            "\(view.home)/.rd/docker.sock", "/run/podman/podman.sock",
        ]
    }

    /// A host that the user has named, which must be a Unix socket.
    private static func final(_ host: String, _ origin: EngineOrigin) throws(DiscoveryError) -> EngineCandidate {
        let only = candidate(host, origin)
        if case .unsupported = only.place { throw .unsupported(origin: origin, host: host) }
        return only
    }

    private static func candidate(_ host: String, _ origin: EngineOrigin) -> EngineCandidate {
        let scheme = "unix://"
        let path = host.hasPrefix(scheme) ? String(host.dropFirst(scheme.count)) : host
        return EngineCandidate(
            place: path.hasPrefix("/") ? .socket(path) : .unsupported(host: host), origin: origin)
    }
}
