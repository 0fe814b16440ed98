import Foundation
import Glibc
import Synchronization
import System

/// A Unix socket in front of an engine's own that counts requests and dies at one of them, as an engine does that is
/// stopped between two calls.
final class Proxy: Sendable {
    let path: String
    private let engine: String
    private let limit: Int
    private let zeroed: String?
    private let listener: Descriptor
    private let state = Mutex(State())

    private struct State {
        var requests = 0
        var isDead = false
        var connections: [Int32: Int32] = [:]
    }

    /// - Parameter limit: the request that still reaches the engine, and whose answer never comes back.
    /// - Parameter zeroed: a number that becomes zero in what is asked for, as if the engine did not know what it is for.
    init(at path: String, engine: String, diesAt limit: Int = .max, zeroed: String? = nil) throws {
        self.zeroed = zeroed
        self.path = path
        self.engine = engine
        self.limit = limit
        listener = try UnixSocket.listen(at: path, mode: 0o666)
        Thread.detachNewThread { [self] in
            while let client = try? UnixSocket.accept(listener) {
                if state.withLock({ $0.isDead }) { return }
                Thread.detachNewThread { [self] in relay(client) }
            }
        }
    }

    var isDead: Bool { state.withLock { $0.isDead } }
    var requests: Int { state.withLock { $0.requests } }

    /// Nobody answers any more, and there is no socket.
    func die() {
        state.withLock { state in
            if state.isDead { return }
            state.isDead = true
            unlink(path)
            for (client, server) in state.connections {
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(server, Int32(SHUT_RDWR))
            }
        }
        shutdown(listener.number, Int32(SHUT_RDWR))
    }

    private func relay(_ client: Descriptor) {
        guard let server = try? UnixSocket.connect(to: engine) else { return }
        let isAlive = state.withLock { state in
            if !state.isDead { state.connections[client.number] = server.number }
            return !state.isDead
        }
        defer { state.withLock { _ = $0.connections.removeValue(forKey: client.number) } }
        while isAlive {
            var entries = [client, server].map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
            if poll(&entries, 2, -1) < 0 { return }
            if entries[0].revents != 0 {
                guard let bytes = try? client.read(atMost: 65536), !bytes.isEmpty else { return }
                guard (try? server.write(changed(bytes))) != nil else { return }
                if isRequest(bytes), count() == limit {
                    // The engine gets the time to do what it was asked for.
                    usleep(300_000)
                    return die()
                }
            }
            if entries[1].revents != 0 {
                guard let bytes = try? server.read(atMost: 65536), !bytes.isEmpty else { return }
                guard (try? client.write(bytes)) != nil else { return }
            }
        }
    }

    /// Spaces keep the length, which was announced.
    private func changed(_ bytes: [UInt8]) -> [UInt8] {
        guard let zeroed else { return bytes }
        let zero = "0" + String(repeating: " ", count: zeroed.utf8.count - 1)
        return Array(String(decoding: bytes, as: UTF8.self).replacing(":\(zeroed)", with: ":\(zero)").utf8)
    }

    private func count() -> Int {
        state.withLock { state in
            state.requests += 1
            return state.requests
        }
    }

    private func isRequest(_ bytes: [UInt8]) -> Bool {
        ["GET /", "POST /", "PUT /", "DELETE /", "HEAD /"].contains { bytes.starts(with: $0.utf8) }
    }
}
