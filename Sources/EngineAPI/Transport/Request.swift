/// One HTTP request to an engine, complete.
struct Request: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    enum Body: Sendable {
        case none
        case json([UInt8])
        case tar(Upload)
    }

    /// What the timeout covers.
    enum Coverage: Sendable {
        /// Until the status and headers are here: for replies that may go on for ever.
        case head
        /// Until the last byte of the reply is here.
        case reply
    }

    let method: Method
    /// What errors call it: method and path, without version and query.
    let route: String
    /// What stands in the request line.
    let target: String
    let body: Body
    /// Header lines beyond those that every request has.
    let headers: [String]
    /// `nil` for none.
    let timeout: Duration?
    let covers: Coverage

    init(
        _ method: Method, _ target: Target, version: APIVersion?, body: Body = .none, timeout: Duration?,
        covers: Coverage = .reply, headers: [String] = []
    ) {
        self.method = method
        self.target = (version.map { "/v\($0)" } ?? "") + target.encoded
        self.body = body
        self.headers = headers
        self.timeout = timeout
        self.covers = covers
        route = Self.route(method, target)
    }

    static func route(_ method: Method, _ target: Target) -> String { "\(method.rawValue) \(target.path)" }

    /// What errors say when the timeout has passed.
    var timedOut: EngineError {
        let parts = (timeout ?? .zero).components
        return .timedOut(route: route, seconds: Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    }
}

/// The status line and headers of a reply.
struct ResponseHead: Sendable, Equatable {
    let status: Int
    private var fields: [String: String] = [:]

    /// From `HTTP/1.1 200 OK`; `nil` where a line is none such.
    init?(statusLine: some StringProtocol) {
        let words = statusLine.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), words[1].utf8.count == 3, let status = Int(words[1]) else {
            return nil
        }
        self.status = status
    }

    /// Adds `Name: value`. Names are compared in lower case; of several fields of one name the first counts.
    mutating func add(line: some StringProtocol) {
        guard let colon = line.firstIndex(of: ":") else { return }
        let name = line[..<colon].lowercased()
        if fields[name] == nil {
            let value = line[line.index(after: colon)...]
            fields[name] = String(value.drop { $0 == " " || $0 == "\t" })
        }
    }

    /// The value of a header, by its name in lower case.
    subscript(_ name: String) -> String? { fields[name] }
}
