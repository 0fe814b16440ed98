import CCurl
import Foundation
import Synchronization

/// An HTTP server on a real Unix socket that answers as it is told and remembers what it was asked: for what no engine
/// does on demand.
final class FaultServer: Sendable {
    /// What to do with a connection once its request has been read.
    enum Answer: Sendable {
        /// Send these bytes and close.
        case bytes(String)
        /// Send these bytes and then nothing, leaving the connection open until the other side closes it.
        case stall(String)
        /// Send these bytes over and over until the other side closes.
        case flood(String, String)

        static func json(_ status: Int, _ body: String, headers: String = "") -> Answer {
            .bytes("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        static func ping(_ version: String, headers: String = "") -> Answer {
            json(200, "OK", headers: "Api-Version: \(version)\r\n\(headers)")
        }
    }

    struct State {
        var requests: [String] = []
        var closedByPeer = 0
    }

    let path: String
    private let listener: Int32
    private let state = Mutex(State())
    private let answer: @Sendable (String) -> Answer

    /// - Parameter answer: given the request line without the HTTP version, such as `GET /_ping`.
    init(in directory: String? = nil, _ answer: @escaping @Sendable (String) -> Answer) throws {
        self.answer = answer
        let folder = directory ?? "/tmp/enginetest-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = "\(folder)/s.sock"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        // Bound under a short name and moved, so that its path may be of any length.
        let short = "/tmp/enginetest-\(UUID().uuidString.prefix(8)).sock"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, rename(short, path) == 0, listen(listener, 64) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        Thread.detachNewThread { [self] in accept() }
    }

    /// The request lines so far.
    var requests: [String] { state.withLock { $0.requests } }

    /// How many connections the other side has closed before this one did.
    var closedByPeer: Int { state.withLock { $0.closedByPeer } }

    /// Ends the server; its socket stays, with nobody behind it.
    func stop(keepingSocket: Bool = false) {
        shutdown(listener, Int32(SHUT_RDWR))
        if !keepingSocket {
            try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
        }
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            Thread.detachNewThread { [self] in serve(connection) }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(connection, &byte, 1, 0) == 1 else { return }
            head.append(byte)
        }
        let line = String(decoding: head, as: UTF8.self).split(separator: "\r\n")[0]
        let request = line.split(separator: " ").prefix(2).joined(separator: " ")
        state.withLock { $0.requests.append(request) }
        switch answer(request) {
        case .bytes(let text): _ = send(text, connection)
        case .stall(let text):
            guard send(text, connection) else { return }
            while recv(connection, &byte, 1, 0) > 0 {}
            state.withLock { $0.closedByPeer += 1 }
        case .flood(let first, let text):
            guard send(first, connection) else { return }
            while send(text, connection) {}
            state.withLock { $0.closedByPeer += 1 }
        }
    }

    private func send(_ text: String, _ connection: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }
}

/// Waits for something that another thread does, a minute at most.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<6000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
