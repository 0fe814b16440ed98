import FoundationEssentials
import Synchronization

extension EngineClient {
    /// Fetches an image: `POST /images/create?fromImage=&tag=&platform=`.
    ///
    /// - Parameters:
    ///   - platform: such as `linux/arm64`; the engine's own where it is `nil`.
    ///   - credentials: for the registry; nobody is asked for any.
    ///   - patience: how long the registry may take until it has said what the image consists of. Without it a registry
    ///     that does not answer is waited for as long as the engine likes, which can be minutes.
    ///   - progress: called with each thing that the engine reports, in order.
    /// - Returns: the image's id, with `sha256:`.
    /// - Throws: `silentRegistry` when the patience is at its end; `response` with what the engine said.
    public func pullImage(
        _ reference: String, platform: String? = nil, credentials: RegistryCredentials? = nil,
        patience: Duration? = nil, progress: (PullProgress) -> Void = { _ in }
    ) async throws(EngineError) -> String {
        let parts = ImageReference(reference)
        let target = Target("/images/create").with("fromImage", parts.repository).with("tag", parts.tag)
            .with("platform", platform)
        let headers = credentials.map { ["X-Registry-Auth: \($0.header)"] } ?? []
        let began = ContinuousClock.now
        let silence = EngineError.silentRegistry(
            registry: parts.registry, seconds: Int((patience ?? .zero).components.seconds))
        let response: ResponseStream
        do throws(EngineError) {
            // Docker does not answer before the registry has, Podman does so at once.
            response = try await stream(.post, target, timeout: patience ?? .seconds(600), headers: headers)
        } catch {
            if case .timedOut = error, patience != nil { throw silence }
            throw error.naming(parts.registry)
        }
        let impatience = Impatience(response, until: patience.map { began + $0 })
        do throws(EngineError) {
            try await report(response) { said in
                // What is said of a layer the registry has said before.
                if said.layer != nil { impatience.end() }
                progress(said)
            }
        } catch {
            if impatience.hasRunOut { throw silence }
            throw error.naming(parts.registry)
        }
        impatience.end()
        return try await inspectImage(reference).id
    }

    /// Reads the lines of a pull or an import to the end; a failure among them is thrown.
    func report(
        _ response: ResponseStream, _ progress: (PullProgress) -> Void
    ) async throws(EngineError) {
        try await response.lines { line throws(EngineError) in
            let said = try Wire.decode(PullLine.self, line, route: response.route)
            if let message = said.failure {
                throw .response(status: response.head.status, message: message, route: response.route)
            }
            progress(said.progress)
        }
    }
}

extension EngineError {
    /// With the registry's name in the message: Docker does not always say whom it asked.
    fileprivate func naming(_ registry: String) -> EngineError {
        guard case .response(let status, let message, let route) = self else { return self }
        return message.contains(registry)
            ? self : .response(status: status, message: "\(registry): \(message)", route: route)
    }
}

/// The name by which a registry knows its user, and the password or token: for one request, and never printed.
public struct RegistryCredentials: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    private struct Wired: Encodable {
        let username: String?
        let password: String?
        let identitytoken: String?
        let serveraddress: String?
    }

    private let wired: [UInt8]

    /// A name and a password.
    ///
    /// - Parameter server: the registry, as the engine is told.
    public init(user: String, password: String, server: String? = nil) {
        wired = Wire.json(Wired(username: user, password: password, identitytoken: nil, serveraddress: server))
    }

    /// A token that a registry has given out before (`identitytoken` of Docker's settings).
    public init(token: String, server: String? = nil) {
        wired = Wire.json(Wired(username: nil, password: nil, identitytoken: token, serveraddress: server))
    }

    /// As `X-Registry-Auth` wants it: JSON in Base64 that may stand in an address.
    var header: String {
        Data(wired).base64EncodedString().map { character -> String in
            switch character {
            case "+": "-"
            case "/": "_"
            default: String(character)
            }
        }.joined()
    }

    /// Nothing of it.
    public var description: String { "registry credentials" }

    /// Nothing of it.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Ends a request that has brought nothing until a moment.
private final class Impatience: Sendable {
    private enum State {
        case waiting
        case ended
        case ranOut
    }

    private let state = Mutex(State.waiting)
    private let watch = Mutex<Task<Void, Never>?>(nil)

    init(_ response: ResponseStream, until moment: ContinuousClock.Instant?) {
        guard let moment else { return }
        let task = Task.detached { [weak self, weak response] in
            guard (try? await Task.sleep(until: moment, clock: .continuous)) != nil, let self else { return }
            let isFirst = self.state.withLock { state in
                guard case .waiting = state else { return false }
                state = .ranOut
                return true
            }
            if isFirst { response?.cancel() }
        }
        watch.withLock { $0 = task }
    }

    deinit { end() }

    var hasRunOut: Bool {
        state.withLock { if case .ranOut = $0 { true } else { false } }
    }

    func end() {
        state.withLock { state in
            if case .waiting = state { state = .ended }
        }
        watch.withLock { $0?.cancel() }
    }
}

/// One thing that an engine reports while it fetches an image.
public struct PullProgress: Sendable, Equatable {
    /// The layer, or `nil` for the image as a whole.
    public let layer: String?
    /// What is being done, in the engine's words.
    public let status: String
    /// Bytes done, where the engine counts them.
    public let current: Int64?
    /// Bytes in all, where the engine knows.
    public let total: Int64?
}

/// A line of `POST /images/create`.
struct PullLine: Decodable {
    struct Detail: Decodable {
        let current: Int64?
        let total: Int64?
    }

    struct ErrorDetail: Decodable {
        let message: String?
    }

    private let id: String?
    private let status: String?
    private let stream: String?
    private let progressDetail: Detail?
    private let error: String?
    private let errorDetail: ErrorDetail?

    /// `error` alone is the older form; `errorDetail` is there from 1.48 on in any case.
    var failure: String? { errorDetail?.message ?? error }

    var progress: PullProgress {
        PullProgress(
            layer: id, status: status ?? stream ?? "", current: progressDetail?.current, total: progressDetail?.total)
    }
}
