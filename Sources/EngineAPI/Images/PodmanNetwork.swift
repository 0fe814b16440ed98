/// The network of the steps of a Podman build.
///
/// Podman 4.3 takes no notice of `networkmode=none` and `networkmode=container:<id>`: the steps would run in the
/// network of the host. It reads what its own remote client sends, `nsoptions` and the name of a policy.
struct PodmanNetwork: Sendable, Equatable {
    /// What is joined.
    struct Joined: Sendable, Equatable {
        let container: String
        let pid: Int
        let path: String
    }

    enum Kind: Sendable, Equatable {
        case own
        case none
        case host
        case container(Joined)
    }

    let kind: Kind

    /// A member of `nsoptions`: `NamespaceOption` of containers/buildah, `define/namespace.go`.
    private struct Option: Encodable {
        let name = "network"
        let host: Bool
        let path: String

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case host = "Host"
            case path = "Path"
        }
    }

    var namespaces: String {
        let option =
            switch kind {
            case .own, .none: Option(host: false, path: "")
            case .host: Option(host: true, path: "")
            case .container(let joined): Option(host: false, path: joined.path)
            }
        return Wire.text([option])
    }

    var policy: String? { kind == .none ? "NetworkDisabled" : nil }

    /// Docker gives the steps the settings of the container that they join. Podman would give them the host's, and of
    /// those servers none need have an address of IPv4, the one protocol that there is in a network of a task's.
    var nameServers: String? {
        if case .container = kind { Wire.text(["198.18.0.1"]) } else { nil }
    }
}

extension Target {
    func with(_ network: PodmanNetwork) -> Target {
        with("nsoptions", network.namespaces).with("networkmode", network.policy)
            .with("dnsservers", network.nameServers)
    }
}

extension EngineClient {
    /// What a spec's network is to Podman.
    func podmanNetwork(_ spec: BuildSpec, isRootless: Bool) async throws(EngineError) -> PodmanNetwork {
        switch spec.networkMode {
        // An ordinary user's Podman 4.3 gives the steps of a build that is asked for by its API no network of their own
        // ("netavark: setns: Operation not permitted").
        case nil: return PodmanNetwork(kind: isRootless ? .host : .own)
        case "none": return PodmanNetwork(kind: .none)
        case "host": return PodmanNetwork(kind: .host)
        case .some(let mode):
            guard mode.hasPrefix("container:") else {
                throw .request(route: "POST /build", reason: "podman builds in no network called \"\(mode)\"")
            }
            return PodmanNetwork(kind: .container(try await joined(String(mode.dropFirst("container:".count)))))
        }
    }

    /// The container whose network was joined must have been there all the time: its process's number could be
    /// another's by now.
    func check(_ network: PodmanNetwork) async throws(EngineError) {
        guard case .container(let before) = network.kind else { return }
        guard try await joined(before.container) == before else {
            throw .request(route: "POST /build", reason: "container \(before.container) ended during the build")
        }
    }

    private func joined(_ container: String) async throws(EngineError) -> PodmanNetwork.Joined {
        struct Reply: Decodable {
            struct State: Decodable {
                let pid: Int?
                enum CodingKeys: String, CodingKey {
                    case pid = "Pid"
                }
            }
            let id: String
            let state: State?
            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case state = "State"
            }
        }
        let reply: Reply = try await value(.get, named(.get, "/containers", container, "/json"))
        guard let pid = reply.state?.pid, pid > 0 else {
            throw .request(route: "POST /build", reason: "container \(container) does not run")
        }
        return PodmanNetwork.Joined(container: reply.id, pid: pid, path: "/proc/\(pid)/ns/net")
    }
}
