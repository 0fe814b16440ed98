/// Cuts a stream of bytes into frames. It does no I/O, never holds more than two frames, and after its first error
/// only repeats that error: there is no way to find the next frame in a stream that has lost its place.
public struct FrameDecoder: Sendable {
    private static let headerLength = 4
    private var buffer: [UInt8] = []
    private var start = 0
    private var failed: ProtocolError?

    /// A decoder at the start of a stream.
    public init() {}

    /// How many bytes are missing to the end of the length field or, once that is known, of the frame; 0 when a frame
    /// is ready. Who never reads more than this knows which frame the descriptors that come along belong to.
    public var needed: Int {
        guard let length = frameLength else { return Self.headerLength - available }
        return max(0, Self.headerLength + Int(min(length, UInt32(Bounds.frameLength))) - available)
    }

    /// Whether the stream may end here: no frame has been started.
    public var isAtBoundary: Bool { available == 0 }

    /// Adds received bytes. Throws `overflow` when more than two whole frames would be waiting.
    public mutating func append(_ bytes: some Collection<UInt8>) throws(ProtocolError) {
        if let failed { throw failed }
        guard available + bytes.count <= 2 * (Self.headerLength + Bounds.frameLength) else { throw fail(.overflow) }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next frame, or nil when more bytes are needed. Throws `frameLength` on a length out of bounds, at once.
    public mutating func next() throws(ProtocolError) -> Frame? {
        if let failed { throw failed }
        guard let length = frameLength else { return nil }
        guard length >= 1, length <= UInt32(Bounds.frameLength) else { throw fail(.frameLength(length)) }
        let end = start + Self.headerLength + Int(length)
        guard buffer.count >= end else { return nil }
        let type = buffer[start + Self.headerLength]
        let payload = Array(buffer[(start + Self.headerLength + 1)..<end])
        start = end
        if start == buffer.count {
            buffer.removeAll()
            start = 0
        }
        return Frame(type: type, payload: payload)
    }

    private var available: Int { buffer.count - start }

    private var frameLength: UInt32? {
        guard available >= Self.headerLength else { return nil }
        return buffer[start..<(start + Self.headerLength)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private mutating func fail(_ error: ProtocolError) -> ProtocolError {
        failed = error
        buffer = []
        start = 0
        return error
    }
}
