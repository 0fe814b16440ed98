import CCurl
import Dispatch
import Glibc

/// One page, fetched over HTTPS: bounded in time and size, and never from another host than the one that was asked.
/// Plain HTTP is for this machine's own addresses only.
struct HTTPFetch: Sendable {
    private static let redirects = 5
    private let address: String
    private let origin: Origin
    private let accept: String
    private let authorities: String?

    init(_ address: String, accept: String, authorities: String?) throws(PackageIndexError) {
        guard let origin = Origin(address) else {
            throw PackageIndexError("the address of the package index is not an https address; PIP_INDEX_URL names it")
        }
        if !origin.isSecure, !origin.isThisMachine {
            throw PackageIndexError("the package index at '\(origin.host)' is asked over https only")
        }
        self.address = address
        self.origin = origin
        self.accept = accept
        self.authorities = authorities
    }

    /// The page. The thread of the caller is not blocked.
    func body(limit: Int, seconds: Int) async throws(PackageIndexError) -> [UInt8] {
        let result: Result<[UInt8], PackageIndexError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(PackageIndexError) in try fetch(limit: limit, seconds: seconds) })
            }
        }
        return try result.get()
    }

    private func fetch(limit: Int, seconds: Int) throws(PackageIndexError) -> [UInt8] {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var address = address
        for _ in 0...Self.redirects {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left >= 1 else { throw failure("did not answer within \(seconds) s") }
            switch try step(address, limit: limit, milliseconds: Int(left)) {
            case .page(let bytes): return bytes
            case .elsewhere(let next):
                guard let other = Origin(next), other == origin || other.isSecure && other.host == origin.host else {
                    throw failure("leads to another host, which is not followed")
                }
                address = next
            }
        }
        throw failure("leads on and on")
    }

    private enum Outcome {
        case page([UInt8])
        case elsewhere(String)
    }

    /// What one request brings. libcurl's own redirections could not be held to the host.
    private func step(_ address: String, limit: Int, milliseconds: Int) throws(PackageIndexError) -> Outcome {
        if let problem = ccurl_load() {
            throw failure("cannot be asked: libcurl cannot be used: \(String(cString: problem))")
        }
        guard let easy = ccurl_easy_init() else { throw failure("cannot be asked: libcurl does not start") }
        let headers = ccurl_slist_append(nil, "Accept: \(accept)")
        let reader = Reader(limit: limit)
        defer {
            ccurl_easy_cleanup(easy)
            ccurl_slist_free_all(headers)
        }
        ccurl_set_string(easy, CURLOPT_URL, address)
        guard ccurl_set_protocols(easy, origin.isSecure ? 0 : 1) == CURLE_OK else {
            throw failure("cannot be asked: libcurl is too old to be held to a protocol")
        }
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, milliseconds)
        ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
        ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
        if let authorities { ccurl_set_string(easy, CURLOPT_CAINFO, authorities) }
        ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "")
        ccurl_set_string(easy, CURLOPT_USERAGENT, "task")
        ccurl_set_list(easy, CURLOPT_HTTPHEADER, headers)
        ccurl_set_open_socket(easy, CURLOPT_OPENSOCKETFUNCTION, Self.openSocket)
        ccurl_set_io(easy, CURLOPT_WRITEFUNCTION, Self.receive)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, Unmanaged.passUnretained(reader).toOpaque())
        let code = ccurl_easy_perform(easy)
        if reader.isTooMuch { throw failure("answered with more than \(limit >> 20) MiB") }
        guard code == CURLE_OK else { throw failure(Self.reason(code)) }
        var status = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        if (300..<400).contains(status) {
            var next: UnsafeMutableRawPointer?
            ccurl_get_pointer(easy, CURLINFO_REDIRECT_URL, &next)
            guard let next else { throw failure("answered with the status \(status)") }
            return .elsewhere(String(cString: next.assumingMemoryBound(to: CChar.self)))
        }
        guard status == 200 else {
            throw failure(status == 404 ? "does not have the package" : "answered with the status \(status)")
        }
        return .page(reader.bytes)
    }

    private func failure(_ what: String) -> PackageIndexError {
        PackageIndexError("the package index at '\(origin.host)' \(what)")
    }

    private static func reason(_ code: CURLcode) -> String {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: "did not answer in time"
        case CURLE_PEER_FAILED_VERIFICATION: "has a certificate that is not trusted here (PIP_CERT names authorities)"
        default: "cannot be reached: \(String(cString: ccurl_easy_strerror(code)))"
        }
    }

    /// libcurl's own sockets would be inherited by every program that is run.
    private static let openSocket: ccurl_open_socket = { _, _, address in
        guard let address = address?.pointee else { return -1 }
        return socket(address.family, address.socktype | Int32(SOCK_CLOEXEC.rawValue), address.`protocol`)
    }

    private static let receive: ccurl_io = { bytes, size, count, context in
        guard let context else { return 0 }
        let reader = Unmanaged<Reader>.fromOpaque(context).takeUnretainedValue()
        return reader.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
}

/// Collects a page of limited size.
private final class Reader {
    private let limit: Int
    private(set) var bytes: [UInt8] = []
    private(set) var isTooMuch = false

    init(limit: Int) {
        self.limit = limit
    }

    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count + piece.count <= limit else {
            isTooMuch = true
            return false
        }
        bytes += piece
        return true
    }
}

/// Where an address leads: scheme, host and port, without what may be secret in it.
struct Origin: Equatable {
    let isSecure: Bool
    let host: String
    let port: String

    init?(_ address: String) {
        let lowered = address.lowercased()
        let rest: Substring
        if lowered.hasPrefix("https://") {
            isSecure = true
            rest = lowered.dropFirst(8)
        } else if lowered.hasPrefix("http://") {
            isSecure = false
            rest = lowered.dropFirst(7)
        } else {
            return nil
        }
        let authority = rest.prefix { !"/?#\\".contains($0) }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let name: Substring
        if place.first == "[", let end = place.firstIndex(of: "]") {
            name = place[place.index(after: place.startIndex)..<end]
            port = String(place[end...].dropFirst().drop { $0 == ":" })
        } else {
            name = place.prefix { $0 != ":" }
            port = String(place.dropFirst(name.count).drop { $0 == ":" })
        }
        host = String(name)
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
        guard !host.isEmpty, isPlain, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    }

    /// True for the addresses that lead back to this machine, whatever a name service says.
    var isThisMachine: Bool { host == "127.0.0.1" || host == "::1" || host == "localhost" }
}
