import CCurl
import Glibc

/// One request as libcurl sees it. Lives on the transport thread only.
final class EasyHandle {
    let easy: UnsafeMutableRawPointer
    let transfer: Transfer
    private let path: String
    private let deadline: ContinuousClock.Instant?
    private let body: UploadReader?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var isReceivingPaused = false
    private var isSendingPaused = false
    private var failure: EngineError?

    init?(
        _ transfer: Transfer, socket: String, path: String, deadline: ContinuousClock.Instant?,
        wake: @escaping @Sendable () -> Void
    ) {
        guard let easy = ccurl_easy_init() else { return nil }
        self.easy = easy
        self.transfer = transfer
        self.path = path
        self.deadline = deadline
        if case .tar(let upload) = transfer.request.body {
            body = UploadReader(upload, wake: wake)
        } else {
            body = nil
        }
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        configure(socket: socket)
    }

    deinit {
        ccurl_easy_cleanup(easy)
        ccurl_slist_free_all(headers)
        errorText.deallocate()
    }

    /// The request has ended, whichever way.
    func close() { body?.close() }

    // MARK: - Time

    /// The deadline, as long as there is one to be met.
    var pendingDeadline: ContinuousClock.Instant? {
        guard transfer.request.covers == .reply || !transfer.look({ $0.isAnswered }) else { return nil }
        return deadline
    }

    func isOverdue(_ now: ContinuousClock.Instant) -> Bool { pendingDeadline.map { $0 <= now } ?? false }

    // MARK: - Back-pressure

    /// The descriptor that must become readable before the request can go on.
    var starvingDescriptor: Int32? { isSendingPaused ? body?.descriptor : nil }

    func resumeReceiving() {
        guard isReceivingPaused else { return }
        isReceivingPaused = false
        applyPauses()
    }

    func resumeSending() {
        guard isSendingPaused else { return }
        isSendingPaused = false
        applyPauses()
    }

    private func applyPauses() {
        ccurl_easy_pause(easy, (isReceivingPaused ? CURLPAUSE_RECV : 0) | (isSendingPaused ? CURLPAUSE_SEND : 0))
    }

    // MARK: - What libcurl calls

    func receive(head line: UnsafeRawBufferPointer) -> Bool {
        do throws(Exchange.HeadError) {
            try transfer.arrive { exchange in
                Result { () throws(Exchange.HeadError) in try exchange.receive(headLine: line) }
            }
            .get()
            return true
        } catch {
            let what = error == .tooLarge ? "the head is larger than \(Wire.headLimit) bytes" : "no status line"
            failure = .malformed(route: transfer.request.route, what: what)
            return false
        }
    }

    func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        if transfer.arrive({ $0.receive(body: bytes) }) { return bytes.count }
        isReceivingPaused = true
        return Int(CURL_WRITEFUNC_PAUSE)
    }

    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch body?.read(into: buffer) ?? .end {
        case .bytes(let count): return count
        case .end: return 0
        case .nothingYet:
            isSendingPaused = true
            return Int(CURL_READFUNC_PAUSE)
        case .failed(let reason):
            failure = .request(route: transfer.request.route, reason: reason)
            return Int(CURL_READFUNC_ABORT)
        }
    }

    // MARK: - The end

    /// What libcurl's result means to the caller.
    func outcome(of code: CURLcode) -> Result<Void, EngineError> {
        if code == CURLE_OK { return .success(()) }
        if let failure { return .failure(failure) }
        let said = String(cString: errorText)
        let text = said.isEmpty ? String(cString: ccurl_easy_strerror(code)) : said
        let route = transfer.request.route
        switch code {
        case CURLE_COULDNT_CONNECT:
            var number = 0
            ccurl_get_long(easy, CURLINFO_OS_ERRNO, &number)
            let reason =
                number == 0 ? .failed(text) : UnreachableReason(connectError: Int32(truncatingIfNeeded: number))
            return .failure(.unreachable(socket: path, reason: reason))
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            return .failure(.malformed(route: route, what: text))
        default:
            return .failure(.unreachable(socket: path, reason: .failed("\(route): \(text)")))
        }
    }

    // MARK: - Setting up

    private func configure(socket: String) {
        let request = transfer.request
        let this = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_string(easy, CURLOPT_URL, "http://engine\(request.target)")
        ccurl_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, socket)
        ccurl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
        ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        ccurl_set_string(easy, CURLOPT_PROXY, "")
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        // A connection of its own for each request: it costs 0.1 ms, and nothing is ever sent twice because a kept
        // connection turned out to be dead.
        ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        ccurl_set_open_socket(easy, CURLOPT_OPENSOCKETFUNCTION, CurlCallbacks.openSocket)
        ccurl_set_io(easy, CURLOPT_HEADERFUNCTION, CurlCallbacks.head)
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, this)
        ccurl_set_io(easy, CURLOPT_WRITEFUNCTION, CurlCallbacks.body)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, this)
        switch request.method {
        case .get: ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
        case .delete: ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, "DELETE")
        case .post: configureBody(request.body, this)
        }
        for header in request.headers { add(header: header) }
        ccurl_set_list(easy, CURLOPT_HTTPHEADER, headers)
    }

    private func configureBody(_ body: Request.Body, _ this: UnsafeMutableRawPointer) {
        ccurl_set_long(easy, CURLOPT_POST, 1)
        switch body {
        case .none, .json:
            var bytes: [UInt8] = []
            if case .json(let json) = body { bytes = json }
            ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            // libcurl copies them here, and only after it knows how many they are.
            bytes.withUnsafeBytes {
                _ = ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(errorText))
            }
            add(header: bytes.isEmpty ? "Content-Type:" : "Content-Type: application/json")
        case .tar:
            ccurl_set_io(easy, CURLOPT_READFUNCTION, CurlCallbacks.upload)
            ccurl_set_pointer(easy, CURLOPT_READDATA, this)
            add(header: "Content-Type: application/x-tar")
            add(header: "Transfer-Encoding: chunked")
        }
        // Without this libcurl would wait for a "100 Continue".
        add(header: "Expect:")
    }

    private func add(header: String) {
        headers = ccurl_slist_append(headers, header)
    }
}
