/// What has arrived of one reply and not been taken: a value without I/O, which the transport thread fills and the
/// waiting task empties.
struct Exchange {
    /// The most that is kept for a reader who does not come, in bytes.
    static let limit = 256 << 10

    private(set) var head: ResponseHead?
    private(set) var outcome: Result<Void, EngineError>?
    private var partial: ResponseHead?
    private var headSize = 0
    private var bytes: [UInt8] = []
    private var isStalled = false

    /// Whether the head is complete, or never will be.
    var isAnswered: Bool { head != nil || outcome != nil }

    /// Whether there is something to take, or never will be.
    var isReadable: Bool { !bytes.isEmpty || outcome != nil }

    enum HeadError: Error, Equatable {
        case tooLarge
        case noStatus
    }

    /// One line of the head, its line end included.
    mutating func receive(headLine line: some Collection<UInt8>) throws(HeadError) {
        headSize += line.count
        guard headSize <= Wire.headLimit else { throw .tooLarge }
        let text = String(decoding: line, as: UTF8.self).split(separator: "\r\n").first ?? ""
        if let begun = ResponseHead(statusLine: text) {
            partial = begun
        } else if !text.isEmpty {
            partial?.add(line: text)
        } else {
            guard let partial else { throw .noStatus }
            // 1xx only announces the real head, but for the one after which the connection is no HTTP any more.
            if partial.status >= 200 || partial.status == 101 { head = partial }
            self.partial = nil
        }
    }

    /// Bytes of the body. `false` where they are not taken, because the reader has too much before it already.
    mutating func receive(body: some Collection<UInt8>) -> Bool {
        guard bytes.isEmpty || bytes.count + body.count <= Self.limit else {
            isStalled = true
            return false
        }
        bytes += body
        return true
    }

    /// Everything that is there, and whether the sender was stalled by it and can go on now.
    mutating func take() -> (bytes: [UInt8], resumes: Bool) {
        defer {
            bytes = []
            isStalled = false
        }
        return (bytes, isStalled)
    }

    /// The end, good or bad; the first one counts.
    mutating func finish(_ result: Result<Void, EngineError>) {
        if outcome == nil { outcome = result }
    }
}
