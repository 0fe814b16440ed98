import Glibc
import GuestProtocol
import Synchronization
import System
import TaskModel

/// One connection of the guest, from its hello to its end.
final class GuestConnection: Sendable {
    private struct State {
        var nextRequest: UInt32 = 1
        var requests: [UInt32: AsyncStream<GuestAnswer>.Continuation] = [:]
        var isOver = false
    }

    private let socket: Descriptor
    private let state = Mutex(State())
    private let writing = Mutex(())

    init(_ socket: Descriptor) {
        self.socket = socket
    }

    func send(_ message: HostMessage, descriptors: [Descriptor] = []) throws(TaskError) {
        let result: Result<Void, any Error> = writing.withLock { _ in
            Result { try UnixSocket.send(try message.encode(), descriptors: descriptors, over: socket) }
        }
        if case .failure(let error) = result { throw TaskError("cannot talk to the sandbox: \(error)") }
    }

    func request(
        _ make: (UInt32) -> HostMessage
    ) throws(TaskError) -> (request: UInt32, answers: AsyncStream<GuestAnswer>) {
        let (answers, continuation) = AsyncStream.makeStream(of: GuestAnswer.self)
        let number: UInt32? = state.withLock { state in
            if state.isOver { return nil }
            let number = state.nextRequest
            state.nextRequest = number == .max ? 1 : number + 1
            state.requests[number] = continuation
            return number
        }
        guard let number else { throw TaskError("the sandbox is not connected", next: "task list") }
        do throws(TaskError) {
            try send(make(number))
        } catch {
            state.withLock { _ = $0.requests.removeValue(forKey: number) }
            throw error
        }
        return (number, answers)
    }

    func shutDown() {
        _ = shutdown(socket.number, Int32(SHUT_RDWR))
    }

    /// Ends every request that is still open.
    func finish() {
        let open = state.withLock { state in
            state.isOver = true
            defer { state.requests = [:] }
            return Array(state.requests.values)
        }
        open.forEach { $0.finish() }
    }

    /// Reads until the connection ends or breaks the protocol.
    func read(_ notify: (GuestLink.Notice) -> Void) {
        var decoder = FrameDecoder()
        var descriptors: [Descriptor] = []
        var greeted = false
        do {
            while true {
                let (bytes, more) = try UnixSocket.receive(atMost: 65536, from: socket)
                if bytes.isEmpty { return }
                descriptors += more
                try decoder.append(bytes)
                while let frame = try decoder.next() {
                    let message = try GuestMessage(frame)
                    guard descriptors.count >= message.descriptorCount else { return }
                    let own = Array(descriptors.prefix(message.descriptorCount))
                    descriptors.removeFirst(own.count)
                    if case .hello(let hello) = message {
                        guard !greeted, hello.protocolVersion == Bounds.protocolVersion else { return }
                        greeted = true
                        notify(.connected(hello, listeners: own))
                    } else if greeted {
                        deliver(message, own, notify)
                    } else {
                        return
                    }
                }
                // Descriptors travel with the first byte of their frame: more than one frame's worth is an attack.
                if descriptors.count > Bounds.listeners { return }
            }
        } catch {
            return
        }
    }

    private func deliver(_ message: GuestMessage, _ descriptors: [Descriptor], _ notify: (GuestLink.Notice) -> Void) {
        guard let (number, isLast) = message.answered else { return notify(.message(message)) }
        let continuation = state.withLock { state in
            isLast ? state.requests.removeValue(forKey: number) : state.requests[number]
        }
        continuation?.yield(GuestAnswer(message: message, descriptors: descriptors))
        if isLast { continuation?.finish() }
    }
}

extension GuestMessage {
    /// The request that the message answers, and whether nothing follows; nil for what was not asked for.
    fileprivate var answered: (request: UInt32, isLast: Bool)? {
        switch self {
        case .attached(let request), .execStarted(let request): (request, false)
        case .detached(let request), .acknowledged(let request), .listening(let request): (request, true)
        case .execExited(let request, _): (request, true)
        case .failure(let request, _): request == 0 ? nil : (request, true)
        case .hello, .launched, .exited: nil
        }
    }
}
