import Dispatch
import Glibc

/// A request after which the connection is no HTTP any more but the terminal itself, both ways. libcurl has no way to
/// give such a socket away, so this is done by hand.
///
/// Source: `POST /containers/{id}/attach`, "Hijacking".
struct Hijack: Sendable {
    private let request: Request
    private let address: SocketAddress

    init(_ request: Request, _ address: SocketAddress) {
        self.request = request
        self.address = address
    }

    /// Connects, asks, and reads up to the end of the head and not a byte further.
    ///
    /// - Returns: the socket, which is the caller's to close.
    func connect() async throws(EngineError) -> Int32 {
        let seconds = Int(request.timeout?.components.seconds ?? 30)
        let descriptor: Int32
        switch address.connect(timeout: seconds) {
        case .failure(let reason): throw .unreachable(socket: address.path, reason: reason)
        case .success(let connected): descriptor = connected
        }
        // The steps below block, each for `seconds` at most: not on a thread of the tasks. Cancelling ends them by
        // shutting the socket down, and the descriptor is closed only after they have come back.
        let outcome: Result<Void, EngineError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(returning: converse(descriptor)) }
            }
        } onCancel: {
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
        guard !Task.isCancelled else {
            close(descriptor)
            throw .cancelled
        }
        if case .failure(let error) = outcome {
            close(descriptor)
            throw error
        }
        SocketAddress.setTimeout(0, of: descriptor)
        return descriptor
    }

    private func converse(_ descriptor: Int32) -> Result<Void, EngineError> {
        Result { () throws(EngineError) in
            let began = EngineTrace.begin()
            try send(descriptor)
            let head = try readHead(descriptor)
            EngineTrace.end(began, address.path, request.route, status: head.status)
            guard head.status != 101, head.status != 200 else { return }
            let length = head["content-length"].flatMap { Int($0) } ?? 0
            let refusal = try read(descriptor, count: min(max(0, length), Wire.refusalLimit))
            throw .response(status: head.status, message: Wire.refusal(refusal), route: request.route)
        }
    }

    private func send(_ descriptor: Int32) throws(EngineError) {
        var body: [UInt8] = []
        if case .json(let json) = request.body { body = json }
        let head = [
            "\(request.method.rawValue) \(request.target) HTTP/1.1", "Host: engine", "Connection: Upgrade",
            "Upgrade: tcp", "Content-Type: application/json", "Content-Length: \(body.count)", "", "",
        ].joined(separator: "\r\n")
        var rest = (Array(head.utf8) + body)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { throw broken(errno) }
            rest = rest.dropFirst(sent)
        }
    }

    /// Byte by byte: what follows the head is the program's.
    private func readHead(_ descriptor: Int32) throws(EngineError) -> ResponseHead {
        var exchange = Exchange()
        var line: [UInt8] = []
        while true {
            line += try read(descriptor, count: 1)
            guard line.last == UInt8(ascii: "\n") || line.count > Wire.headLimit else { continue }
            do throws(Exchange.HeadError) {
                try exchange.receive(headLine: line)
            } catch {
                throw .malformed(route: request.route, what: "no head of a reply")
            }
            if let head = exchange.head { return head }
            line = []
        }
    }

    private func read(_ descriptor: Int32, count: Int) throws(EngineError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var piece = [UInt8](repeating: 0, count: count - bytes.count)
            let received = recv(descriptor, &piece, piece.count, 0)
            if received == 0 { throw .unreachable(socket: address.path, reason: .failed("\(request.route): closed")) }
            guard received > 0 else { throw broken(errno) }
            bytes += piece.prefix(received)
        }
        return bytes
    }

    private func broken(_ code: Int32) -> EngineError {
        if code == EAGAIN { return request.timedOut }
        return .unreachable(socket: address.path, reason: UnreachableReason(connectError: code))
    }
}
