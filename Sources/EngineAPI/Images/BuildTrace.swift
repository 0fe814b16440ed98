/// What BuildKit reports, decoded and told apart into steps. A value without I/O.
///
/// Source: `StatusResponse` of moby/buildkit, `api/services/control/control.proto`.
struct BuildTrace {
    private enum Stage: Comparable {
        case known
        case started
        case ended
    }

    /// The most steps that a build may have.
    private static let limit = 10_000
    private var stages: [String: Stage] = [:]
    /// The steps in the order in which they became known.
    private var order: [String] = []
    private var hasFailed = false

    /// The build failed. What the failing step did can be missing, its end or all of it: then it is the last of those that
    /// have not ended, else the one that the message itself tells of.
    mutating func fail(_ message: String) -> [BuildProgress] {
        guard !hasFailed else { return [] }
        hasFailed = true
        let open = order.filter { stages[$0] != .ended }
        if let step = open.last(where: { stages[$0] == .started }) ?? open.first {
            return [.failed(step: step, message: message)]
        }
        guard let name = Self.step(in: message) else { return [] }
        return [.started(step: name, name: name), .failed(step: name, message: message)]
    }

    /// `RUN make`, of `executor failed running [/bin/sh -c make]: exit code: 2`.
    private static func step(in message: String) -> String? {
        let words = "executor failed running ["
        guard let start = message.ranges(of: words).first?.upperBound, let end = message.lastIndex(of: "]"), start < end
        else { return nil }
        let program = message[start..<end]
        let shell = "/bin/sh -c "
        return "RUN \(program.hasPrefix(shell) ? program.dropFirst(shell.count) : program)"
    }

    /// Reads one `StatusResponse { 1: Vertex…, 3: VertexLog… }`.
    mutating func receive(_ bytes: [UInt8]) throws(Protobuf.Malformed) -> [BuildProgress] {
        var vertices: [ArraySlice<UInt8>] = []
        var logs: [ArraySlice<UInt8>] = []
        try Protobuf.fields(of: bytes[...]) { number, value in
            switch (number, value) {
            case (1, .bytes(let bytes)): vertices.append(bytes)
            case (3, .bytes(let bytes)): logs.append(bytes)
            default: break
            }
        }
        // A step's beginning goes before what it wrote, its end after.
        var before: [BuildProgress] = []
        var after: [BuildProgress] = []
        for bytes in vertices {
            let vertex = try Vertex(bytes)
            if let event = try begin(vertex) { before.append(event) }
            if let event = end(vertex) { after.append(event) }
        }
        var said: [BuildProgress] = []
        for bytes in logs { if let event = try Self.log(bytes) { said.append(event) } }
        return before + said + after
    }

    private mutating func begin(_ vertex: Vertex) throws(Protobuf.Malformed) -> BuildProgress? {
        let stage = stages[vertex.digest]
        guard stage != nil || stages.count < Self.limit else { throw Protobuf.Malformed(what: "too many steps") }
        if stage == nil { order.append(vertex.digest) }
        stages[vertex.digest] = max(stage ?? .known, .known)
        guard vertex.isStarted, stage ?? .known < .started else { return nil }
        stages[vertex.digest] = .started
        return .started(step: vertex.digest, name: vertex.name)
    }

    private mutating func end(_ vertex: Vertex) -> BuildProgress? {
        guard vertex.isEnded, stages[vertex.digest] != .ended else { return nil }
        stages[vertex.digest] = .ended
        if !vertex.error.isEmpty { hasFailed = true }
        if !vertex.error.isEmpty { return .failed(step: vertex.digest, message: vertex.error) }
        return vertex.isCached ? .cached(step: vertex.digest) : .finished(step: vertex.digest)
    }

    /// `VertexLog { 1: vertex, 2: timestamp, 3: stream, 4: msg }`.
    private static func log(_ bytes: ArraySlice<UInt8>) throws(Protobuf.Malformed) -> BuildProgress? {
        var step = ""
        var text = ""
        try Protobuf.fields(of: bytes) { number, value in
            switch (number, value) {
            case (1, .bytes(let bytes)): step = String(decoding: bytes, as: UTF8.self)
            case (4, .bytes(let bytes)): text = String(decoding: bytes, as: UTF8.self)
            default: break
            }
        }
        while text.last?.isNewline == true { text.removeLast() }
        return text.isEmpty ? nil : .log(step: step, text: text)
    }

    /// `Vertex { 1: digest, 2: inputs, 3: name, 4: cached, 5: started, 6: completed, 7: error }`.
    private struct Vertex {
        private(set) var digest = ""
        private(set) var name = ""
        private(set) var error = ""
        private(set) var isCached = false
        private(set) var isStarted = false
        private var isCompleted = false

        /// A step can also fail before it is completed.
        var isEnded: Bool { isCompleted || !error.isEmpty }

        init(_ bytes: ArraySlice<UInt8>) throws(Protobuf.Malformed) {
            var vertex = Self()
            try Protobuf.fields(of: bytes) { number, value in
                switch (number, value) {
                case (1, .bytes(let bytes)): vertex.digest = String(decoding: bytes, as: UTF8.self)
                case (3, .bytes(let bytes)): vertex.name = String(decoding: bytes, as: UTF8.self)
                case (4, .number(let number)): vertex.isCached = number != 0
                case (5, .bytes): vertex.isStarted = true
                case (6, .bytes): vertex.isCompleted = true
                case (7, .bytes(let bytes)): vertex.error = String(decoding: bytes, as: UTF8.self)
                default: break
                }
            }
            self = vertex
        }

        private init() {}
    }
}
