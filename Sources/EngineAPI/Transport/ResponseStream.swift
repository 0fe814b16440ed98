/// A reply that is arriving. Dropping it ends the request.
final class ResponseStream: Sendable {
    let head: ResponseHead
    let route: String
    private let transfer: Transfer
    private let transport: Transport

    init(head: ResponseHead, _ transfer: Transfer, _ transport: Transport) {
        self.head = head
        self.transfer = transfer
        self.transport = transport
        route = transfer.request.route
    }

    deinit { transport.cancel(transfer) }

    /// Ends the request; whoever waits for more is told that it was cancelled.
    func cancel() { transport.cancel(transfer) }

    /// What has arrived since the last call, at least one byte; `nil` at the end. The engine is held back while
    /// nobody asks.
    func next() async throws(EngineError) -> [UInt8]? {
        await transport.waiting(for: transfer) { $0.isReadable }
        let (bytes, resumes, outcome) = transfer.look { exchange in
            let (bytes, resumes) = exchange.take()
            return (bytes, resumes, exchange.outcome)
        }
        if resumes { transport.resumeReceiving(transfer) }
        if !bytes.isEmpty { return bytes }
        try outcome?.get()
        return nil
    }

    /// All of it.
    ///
    /// - Throws: `malformed` where it is more than `limit` bytes.
    func collect(limit: Int) async throws(EngineError) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await next() {
            all += bytes
            guard all.count <= limit else {
                throw .malformed(route: route, what: "the reply is larger than \(limit) bytes")
            }
        }
        return all
    }
}
