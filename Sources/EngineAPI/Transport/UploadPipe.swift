import Glibc
import Synchronization

/// The bounded pipe from a task that produces a request body to the transport thread that sends it.
final class UploadPipe: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var offset = 0
        var isEnded = false
        var isClosed = false
        var failure: String?
        /// Whether the transport thread found nothing and must be told when there is something.
        var isStarving = false
        var writers: [CheckedContinuation<Void, Never>] = []

        var count: Int { bytes.count - offset }

        mutating func takeWriters() -> [CheckedContinuation<Void, Never>] {
            defer { writers = [] }
            return writers
        }
    }

    /// What the transport thread finds.
    enum Reading: Equatable {
        case bytes(Int)
        case nothingYet
        case end
        case failed(String)
    }

    static let limit = 256 << 10
    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called when there is something to read after `read` found `nothingYet`.
    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.limit)
            await room()
            let (isOpen, mustWake) = state.withLock { state in
                guard !state.isClosed else { return (false, false) }
                state.bytes += piece
                defer { state.isStarving = false }
                return (true, state.isStarving)
            }
            guard isOpen else { throw CancellationError() }
            if mustWake { wake() }
            rest = rest.dropFirst(piece.count)
        }
    }

    /// Ends the body; with a failure, the request too.
    func end(_ failure: String? = nil) {
        let mustWake = state.withLock { state in
            state.isEnded = true
            state.failure = failure
            defer { state.isStarving = false }
            return state.isStarving
        }
        if mustWake { wake() }
    }

    /// The transport thread's side: moves what is there, as far as it fits.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        let (reading, writers) = state.withLock { state -> (Reading, [CheckedContinuation<Void, Never>]) in
            if let failure = state.failure { return (.failed(failure), []) }
            let count = min(buffer.count, state.count)
            guard count > 0 else {
                state.isStarving = !state.isEnded
                return (state.isEnded ? .end : .nothingYet, [])
            }
            buffer.copyBytes(from: state.bytes[state.offset..<state.offset + count])
            state.offset += count
            if state.offset == state.bytes.count || state.offset > Self.limit {
                state.bytes.removeFirst(state.offset)
                state.offset = 0
            }
            return (.bytes(count), state.count < Self.limit ? state.takeWriters() : [])
        }
        for writer in writers { writer.resume() }
        return reading
    }

    /// The request has ended: whoever writes is told.
    func close() {
        let writers = state.withLock { state in
            state.isClosed = true
            state.bytes = []
            state.offset = 0
            return state.takeWriters()
        }
        for writer in writers { writer.resume() }
    }

    private func room() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.isClosed || state.count < Self.limit { return true }
                state.writers.append(continuation)
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }
}
