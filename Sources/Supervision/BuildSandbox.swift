import Environments
import Gateway
import GuestProtocol
import NetworkPolicy
import Synchronization
import System
import TaskModel

/// The network of one build that a policy narrows: a container that is nothing but the guest, whose network namespace
/// the build's steps run in, and a gateway in this process that serves its sockets. There is no way out of it but the
/// gateway, and when this process ends, there is none.
///
/// On disk it is a directory `<state>/builds/<place>/<name>`, locked while it is in use. It is there before anything is
/// made on the engine: so what a killed build left is found and removed by the next.
final class BuildSandbox: Sendable {
    private let directory: BuildDirectory
    private let service: EnvironmentService
    private let gateway: Gateway
    private let link: GuestLink
    private let lock: FileLock
    /// The holder's id.
    let container: String

    /// Makes one. Nothing is left where it cannot be made.
    static func open(
        policy: NetworkPolicy, on service: EnvironmentService, state: String, installation: Installation,
        listener: @escaping @Sendable (BuildEvent) -> Void
    ) async throws(TaskError) -> BuildSandbox {
        let (directory, lock) = try await BuildDirectory.make(state: state, service: service)
        do throws(TaskError) {
            return try await BuildSandbox(directory, lock, policy, service, installation, listener)
        } catch {
            await directory.remove(service)
            throw error
        }
    }

    private init(
        _ directory: BuildDirectory, _ lock: FileLock, _ policy: NetworkPolicy, _ service: EnvironmentService,
        _ installation: Installation, _ listener: @escaping @Sendable (BuildEvent) -> Void
    ) async throws(TaskError) {
        self.directory = directory
        self.lock = lock
        self.service = service
        let listeners =
            [Listener(transport: .udp, port: 53), Listener(transport: .tcp, port: 53)]
            + policy.ports.filter { $0 != 53 }.sorted().map { Listener(transport: .tcp, port: $0) }
        let (notices, post) = AsyncStream.makeStream(of: GuestLink.Notice.self)
        link = try GuestLink(path: directory.controlSocket) { post.yield($0) }
        link.open()
        let image = try await service.makeBlankImage(for: directory.id)
        let started = try await service.start(
            directory.plan(image: image, listeners: listeners, installation: installation))
        container = started.id
        guard let pid = started.pid else {
            throw TaskError(.noSandbox, "the container '\(started.name)' for the build's network does not run")
        }
        link.admit(pid)
        let timeout = Task {
            try await Task.sleep(for: .seconds(30))
            post.finish()
        }
        defer { timeout.cancel() }
        guard let (hello, sockets) = try await Self.hello(notices) else {
            throw TaskError(
                .noSandbox,
                "the container '\(started.name)' for the build's network did not report: \(await service.lastWords(of: started.id))"
            )
        }
        guard hello.listeners.count == listeners.count, Set(hello.listeners) == Set(listeners) else {
            throw TaskError(.noSandbox, "the build's network handed out other sockets than it was told to")
        }
        let refusals = Refusals(listener)
        do throws(SystemError) {
            gateway = try Gateway(policy: policy) { refusals.note($0) }
            try gateway.attach(zip(hello.listeners, sockets).map { GatewayListener($0, socket: $1) })
        } catch {
            throw TaskError(.noSandbox, "cannot serve the sockets of the build's network: \(error)")
        }
    }

    /// Closes the network and removes all of it.
    func close() async {
        gateway.stop()
        link.refuseAll()
        await directory.remove(service)
        withExtendedLifetime(lock) {}
    }

    private static func hello(
        _ notices: AsyncStream<GuestLink.Notice>
    ) async throws(TaskError) -> (Hello, [Descriptor])? {
        for await notice in notices {
            switch notice {
            case .connected(let hello, let sockets): return (hello, sockets)
            case .message(.failure(_, let reason)):
                throw TaskError(.noSandbox, "the build's network could not be set up: \(PlainText.line(reason))")
            default: continue
            }
        }
        if Task.isCancelled { throw TaskError(.noSandbox, "interrupted before the build began") }
        return nil
    }
}

/// Tells each thing that a build was refused once, so that a step that fails for it explains itself.
private final class Refusals: Sendable {
    private static let most = 100
    private let told = Mutex<Set<String>>([])
    private let listener: @Sendable (BuildEvent) -> Void

    init(_ listener: @escaping @Sendable (BuildEvent) -> Void) {
        self.listener = listener
    }

    func note(_ event: GatewayEvent) {
        switch event {
        case .decided(let decision):
            guard case .refused(let reason) = decision.verdict, !decision.host.isEmpty else { return }
            let target = decision.port.map { "\(decision.host):\($0)" } ?? decision.host
            tell("refused: \(target) (\(reason.rawValue))")
        case .failed(let error): tell("the build's network: \(error)")
        }
    }

    private func tell(_ text: String) {
        let isNew = told.withLock { told in told.count < Self.most && told.insert(text).inserted }
        if isNew { listener(.notice(text)) }
    }
}
