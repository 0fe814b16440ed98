/// The frames in which an engine carries standard output and standard error over one stream: a byte that names the
/// stream, three zeros, the length as four bytes (highest first), the bytes. A value without I/O.
///
/// Source: `POST /containers/{id}/attach`, "Stream format". Frames are passed on as they come and never gathered, so
/// no length that a frame claims costs memory.
struct Demultiplexer {
    struct Failure: Error, Equatable {
        let header: [UInt8]
    }

    private var header: [UInt8] = []
    private var channel = OutputChunk.Channel.output
    private var remaining = 0

    /// Whether the stream may end here.
    var isComplete: Bool { header.isEmpty && remaining == 0 }

    mutating func receive(_ bytes: [UInt8]) throws(Failure) -> [OutputChunk] {
        var chunks: [OutputChunk] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if remaining > 0 {
                let piece = rest.prefix(remaining)
                chunks.append(OutputChunk(channel: channel, bytes: Array(piece)))
                remaining -= piece.count
                rest = rest.dropFirst(piece.count)
            } else {
                let piece = rest.prefix(8 - header.count)
                header += piece
                rest = rest.dropFirst(piece.count)
                if header.count == 8 { try begin() }
            }
        }
        return chunks
    }

    private mutating func begin() throws(Failure) {
        guard header[0] <= 3, header[1] == 0, header[2] == 0, header[3] == 0 else { throw Failure(header: header) }
        // 0 is what was typed, echoed; 3 is the engine's own word on why the stream failed.
        channel = header[0] <= 1 ? .output : .error
        remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
        header = []
    }
}
