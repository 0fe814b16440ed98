/// Where an engine was found.
public struct EngineEndpoint: Sendable, Equatable {
    /// The path of its socket.
    public let socket: String
    /// Who named that path.
    public let origin: EngineOrigin
    /// Which software answered.
    public let flavor: EngineFlavor
    /// The newest API version that it speaks.
    public let version: APIVersion

    /// An engine that has answered.
    public init(socket: String, origin: EngineOrigin, flavor: EngineFlavor, version: APIVersion) {
        self.socket = socket
        self.origin = origin
        self.flavor = flavor
        self.version = version
    }
}

/// Who named a place to look for an engine.
public enum EngineOrigin: Sendable, Equatable, CustomStringConvertible {
    /// An environment variable.
    case variable(String)
    /// A context of the Docker command line.
    case context(String)
    /// Convention.
    case wellKnown

    /// A few words for a person.
    public var description: String {
        switch self {
        case .variable(let name): name
        case .context(let name): "docker context \(name)"
        case .wellKnown: "well-known"
        }
    }
}

/// A place where an engine may be, before anyone has looked.
struct EngineCandidate: Sendable, Equatable {
    /// The path of the socket, or why there is none to dial (`tcp://` and its kind).
    let place: Place
    let origin: EngineOrigin

    enum Place: Sendable, Equatable {
        case socket(String)
        case unsupported(host: String)
    }
}
