import Glibc
import Synchronization

/// A client of one Docker or Podman engine, over its Unix socket.
///
/// Nothing is dialled before the first request. Every method may be called from any task, any number at a time; each
/// ends the request itself, not only the waiting, when its task is cancelled. Where a container, image or volume is
/// named, its id does as well.
public final class EngineClient: Sendable {
    /// The path of the socket.
    public let socket: String
    let address: SocketAddress
    private let transport: Transport
    private let agreement = Mutex<Agreement?>(nil)

    /// What was found out at the first request.
    struct Agreement: Sendable {
        let engine: EnginePing
        let version: APIVersion
    }

    /// A client of the engine behind a socket, whatever its flavor.
    public init(socket: String) {
        self.socket = socket
        address = SocketAddress(socket)
        transport = Transport(address)
    }

    /// Why no client can ask anything on this machine; nil where they can. It loads libcurl (dlopen(3)), once.
    public static var obstacle: String? { TransportThread.obstacle }

    /// A client of an engine that was discovered.
    public convenience init(_ endpoint: EngineEndpoint) {
        self.init(socket: endpoint.socket)
    }

    /// Which engine this is and the version spoken with it, found out once. Two tasks that come first together both
    /// ask; they learn the same.
    func agreed() async throws(EngineError) -> Agreement {
        if let known = agreement.withLock({ $0 }) { return known }
        let engine = try await ping()
        var oldest: APIVersion?
        if engine.version > .newest {
            // Only an engine newer than this program can have left it behind.
            oldest = try await unversionedOldest()
        }
        switch APIVersion.negotiate(server: engine.version, serverOldest: oldest) {
        case .impossible(let reason):
            throw .incompatible(socket: socket, reason: reason)
        case .agreed(let version):
            let found = Agreement(engine: engine, version: version)
            agreement.withLock { $0 = found }
            return found
        }
    }

    /// What the engine said of itself when the version was agreed on.
    ///
    /// - Throws: `EngineError.incompatible` where there is no version that both speak.
    public func greeting() async throws(EngineError) -> EnginePing { try await agreed().engine }

    // MARK: - How the areas ask

    /// The JSON value that a route answers with.
    func value<Value: Decodable>(
        _ method: Request.Method, _ target: Target, body: Request.Body = .none, timeout: Duration? = .seconds(60)
    ) async throws(EngineError) -> Value {
        let request = try await request(method, target, body: body, timeout: timeout, covers: .reply)
        let bytes = try await whole(request).body
        return try Wire.decode(Value.self, bytes, route: request.route)
    }

    /// A route whose answer says nothing but that it was done.
    func done(
        _ method: Request.Method, _ target: Target, body: Request.Body = .none, timeout: Duration? = .seconds(60)
    ) async throws(EngineError) {
        let request = try await request(method, target, body: body, timeout: timeout, covers: .reply)
        _ = try await whole(request)
    }

    /// A route whose answer comes little by little. The timeout runs until the answer begins.
    func stream(
        _ method: Request.Method, _ target: Target, body: Request.Body = .none, timeout: Duration? = .seconds(60),
        headers: [String] = []
    ) async throws(EngineError) -> ResponseStream {
        let request = try await request(
            method, target, body: body, timeout: timeout, covers: .head, headers: headers)
        return try await accepted(request)
    }

    /// The whole answer to a request that needs no version, or has its own already.
    func whole(_ request: Request) async throws(EngineError) -> (head: ResponseHead, body: [UInt8]) {
        let response = try await accepted(request)
        return (response.head, try await response.collect(limit: Wire.bodyLimit))
    }

    /// The beginning of an answer that is no refusal.
    func accepted(_ request: Request) async throws(EngineError) -> ResponseStream {
        let response = try await transport.open(request)
        // 304 is how the engine says that it was so already.
        guard response.head.status >= 400 else { return response }
        let refusal = try await response.collect(limit: Wire.refusalLimit)
        throw .response(status: response.head.status, message: Wire.refusal(refusal), route: request.route)
    }

    /// A request in the version spoken with this engine.
    func request(
        _ method: Request.Method, _ target: Target, body: Request.Body, timeout: Duration?,
        covers: Request.Coverage, headers: [String] = []
    ) async throws(EngineError) -> Request {
        let version = try await agreed().version
        return Request(
            method, target, version: version, body: body, timeout: timeout, covers: covers, headers: headers)
    }

    /// A target that names an object; a name that cannot stand in a path is refused here and never sent.
    func named(
        _ method: Request.Method, _ before: StaticString, _ name: String, _ after: StaticString = "",
        slashes: Bool = false
    ) throws(EngineError) -> Target {
        if let target = Target(before, name: name, after, slashes: slashes) { return target }
        throw .request(route: "\(method.rawValue) \(before)/{name}\(after)", reason: "\"\(name)\" is not a name")
    }

    /// Does something that may be done more than once, again where Podman answers with 500: so it does when another
    /// request changes what it is looking at (an image that is removed while images are read, a program that ends while
    /// it is being killed).
    func repeating<Value>(_ body: () async throws(EngineError) -> Value) async throws(EngineError) -> Value {
        for delay in [100, 200, 400] {
            do {
                return try await body()
            } catch .response(500, let message, let route) {
                guard try await agreed().engine.flavor == .podman else {
                    throw .response(status: 500, message: message, route: route)
                }
            }
            try await pause(milliseconds: delay)
        }
        return try await body()
    }

    func pause(milliseconds: Int) async throws(EngineError) {
        do {
            try await Task.sleep(for: .milliseconds(milliseconds))
        } catch {
            throw .cancelled
        }
    }
}
