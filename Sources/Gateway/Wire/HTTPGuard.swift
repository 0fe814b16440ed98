import NetworkPolicy

/// Watches what a client sends on a connection for plain HTTP (RFC 9112): every request must be one of HTTP/1.0 or
/// HTTP/1.1 for the host that was dialled, framed so that no server can see its end elsewhere. Pure.
///
/// Stricter than the RFC where leniency has been used to smuggle a request past a proxy: no empty line before a
/// request, no line folding, no bare CR or LF, no chunk extension, no trailer field, no way to another protocol. What it
/// says depends on the bytes alone, not on how they were cut.
struct HTTPGuard {
    /// What to do with what came.
    enum Step: Equatable {
        /// Send these bytes on; none where more is needed.
        case forward([UInt8])
        /// Send nothing more, now or later. Whole requests in front of the one that is refused are not sent either
        /// where they came in the same piece.
        case refuse(HTTPRefusal)
    }

    private enum State {
        case head(HTTPHead)
        case body(left: UInt64)
        case chunkSize([UInt8])
        case chunkData(left: UInt64)
        /// The line's end after a chunk; after the last one it ends the request.
        case lineEnd(isLast: Bool, seen: [UInt8])
        case refused(HTTPRefusal)
    }

    private let host: [UInt8]
    private let port: UInt16
    private var state: State

    /// A guard for a connection to this host, in lower case, and this port.
    init(host: String, port: UInt16) {
        self.host = Array(host.utf8)
        self.port = port
        state = .head(HTTPHead(host: self.host, port: port))
    }

    /// True where no request has begun that has not ended.
    var isBetweenRequests: Bool {
        if case .head(let head) = state { head.isEmpty } else { false }
    }

    /// Takes what was received.
    mutating func take(_ bytes: [UInt8]) -> Step {
        var out: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(HTTPFault) {
                out += try advance(&rest)
            } catch {
                state = .refused(error.refusal)
                break
            }
        }
        if case .refused(let refusal) = state { return .refuse(refusal) }
        return .forward(out)
    }

    /// Takes something off the front and returns what may be sent on.
    private mutating func advance(_ rest: inout ArraySlice<UInt8>) throws(HTTPFault) -> ArraySlice<UInt8> {
        switch state {
        case .refused(let refusal): throw HTTPFault(refusal: refusal)
        case .head(var head):
            // Moved out, so that its buffer is appended to in place.
            state = .body(left: 0)
            guard let body = try head.take(&rest) else {
                state = .head(head)
                return []
            }
            start(body)
            return head.bytes[...]
        case .body(let left):
            let part = take(left, from: &rest)
            let remaining = left - UInt64(part.count)
            if remaining == 0 { startRequest() } else { state = .body(left: remaining) }
            return part
        case .chunkSize(let line): return try chunkSize(line + [rest.removeFirst()])
        case .chunkData(let left):
            let part = take(left, from: &rest)
            let remaining = left - UInt64(part.count)
            state = remaining == 0 ? .lineEnd(isLast: false, seen: []) : .chunkData(left: remaining)
            return part
        case .lineEnd(let isLast, let seen): return try lineEnd(isLast: isLast, seen + [rest.removeFirst()])
        }
    }

    private mutating func startRequest() { state = .head(HTTPHead(host: host, port: port)) }

    private mutating func start(_ body: HTTPHead.Body) {
        switch body {
        case .none, .counted(0): startRequest()
        case .counted(let count): state = .body(left: count)
        case .chunked: state = .chunkSize([])
        }
    }

    private func take(_ count: UInt64, from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let part = rest.prefix(Int(min(count, UInt64(rest.count))))
        rest = rest.dropFirst(part.count)
        return part
    }

    /// At most this many digits, so that the number fits.
    private static let longestChunkSize = 15

    private mutating func chunkSize(_ line: [UInt8]) throws(HTTPFault) -> ArraySlice<UInt8> {
        let digits = line.prefix { HTTPText.hexadecimal($0) != nil }
        guard digits.count <= Self.longestChunkSize else { throw .otherProtocol("bad chunk size") }
        switch line.count - digits.count {
        case 0: break
        case 1: guard !digits.isEmpty, line.last == HTTPText.cr else { throw .otherProtocol("bad chunk size") }
        default:
            guard line.last == HTTPText.lf else { throw .otherProtocol("bad chunk size") }
            let size = digits.reduce(0) { $0 << 4 | (HTTPText.hexadecimal($1) ?? 0) }
            state = size == 0 ? .lineEnd(isLast: true, seen: []) : .chunkData(left: size)
            return line[...]
        }
        state = .chunkSize(line)
        return []
    }

    private mutating func lineEnd(isLast: Bool, _ seen: [UInt8]) throws(HTTPFault) -> ArraySlice<UInt8> {
        guard HTTPText.lineEnd.starts(with: seen) else {
            throw .otherProtocol(isLast ? "trailer fields are not supported" : "a chunk is longer than it says")
        }
        guard seen.count == HTTPText.lineEnd.count else {
            state = .lineEnd(isLast: isLast, seen: seen)
            return []
        }
        if isLast { startRequest() } else { state = .chunkSize([]) }
        return seen[...]
    }
}
