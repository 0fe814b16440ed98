import NetworkPolicy
import System

/// One question to the name servers, for IPv4 or for IPv6 addresses: asked over UDP from a port of its own, of one
/// server after the other, and again over TCP where the answer does not fit (RFC 1035, 4.2; RFC 5452).
struct Inquiry {
    /// What has come of it.
    enum Outcome: Equatable {
        /// Nothing yet.
        case waiting
        /// These addresses, perhaps none, for so many seconds.
        case answered([IPAddress], seconds: UInt32)
        /// No server gave an answer.
        case failed
    }

    private static let longestDatagram = 4096
    private static let longestWait = 5

    let name: HostName
    let type: UInt16
    private let configuration: ResolverConfiguration
    private let port: UInt16
    /// How many servers were asked.
    private var attempt = 0
    private var id: UInt16 = 0
    private(set) var socket: Descriptor?
    private var isStream = false
    /// What is still to be sent over a stream, and what has come.
    private var outgoing: [UInt8] = []
    private var incoming: [UInt8] = []
    private var deadline: Monotonic?
    private(set) var outcome = Outcome.waiting

    init(_ name: HostName, type: UInt16, _ configuration: ResolverConfiguration, port: UInt16) {
        self.name = name
        self.type = type
        self.configuration = configuration
        self.port = port
    }

    /// Asks the next server; the socket is another one afterwards.
    mutating func askNext(at now: Monotonic) {
        let servers = configuration.nameservers
        while attempt < servers.count * configuration.attempts {
            attempt += 1
            if open(isStream: false, at: now) { return }
        }
        finish(.failed)
    }

    /// When the next server is to be asked; nil where none is.
    var due: Monotonic? { outcome == .waiting ? deadline : nil }

    /// Whether it is time for that.
    func isDue(at now: Monotonic) -> Bool { due.map { $0 <= now } ?? false }

    /// Deals with news of the socket.
    mutating func hear(at now: Monotonic) {
        if isStream { hearStream(at: now) } else { hearDatagrams(at: now) }
    }

    /// Waits no longer than this, and asks no one else: the other question has been answered.
    mutating func hurry(until end: Monotonic) {
        guard outcome == .waiting else { return }
        deadline = deadline.map { min($0, end) } ?? end
        attempt = Int.max
    }

    private mutating func open(isStream: Bool, at now: Monotonic) -> Bool {
        let servers = configuration.nameservers
        let server = servers[(attempt - 1) % servers.count].bytes
        var random = SystemRandomNumberGenerator()
        id = UInt16.random(in: 0...UInt16.max, using: &random)
        let query = DNSResponse.query(name: name.description, type: type, id: id)
        self.isStream = isStream
        outgoing = isStream ? DNSStream.frame(query) : []
        incoming = []
        deadline = now + .seconds(min(configuration.timeout, Self.longestWait))
        do throws(SystemError) {
            if isStream {
                socket = try InternetSocket.dial(server, port: port)
                return true
            }
            let socket = try InternetSocket.datagrams(with: server, port: port)
            self.socket = socket
            return try InternetSocket.send(query, over: socket) == query.count
        } catch {
            socket = nil
            return false
        }
    }

    private mutating func hearDatagrams(at now: Monotonic) {
        guard let socket else { return }
        // Whoever guesses gets so many guesses.
        for _ in 0..<16 {
            do throws(SystemError) {
                guard let message = try InternetSocket.receive(atMost: Self.longestDatagram, from: socket) else {
                    return
                }
                if take(message, at: now) { return }
            } catch {
                return askNext(at: now)
            }
        }
        askNext(at: now)
    }

    private mutating func hearStream(at now: Monotonic) {
        guard let socket else { return }
        do throws(SystemError) {
            if !outgoing.isEmpty {
                outgoing.removeFirst(try InternetSocket.send(outgoing, over: socket))
                if !outgoing.isEmpty { return }
            }
            while let received = try InternetSocket.receive(atMost: Self.longestDatagram, from: socket) {
                if received.isEmpty { return askNext(at: now) }
                incoming += received
                guard incoming.count >= 2 else { continue }
                let length = Int(incoming.bigEndian(at: 0))
                guard incoming.count >= 2 + length else { continue }
                if !take(Array(incoming[2..<2 + length]), at: now) { askNext(at: now) }
                return
            }
        } catch {
            askNext(at: now)
        }
    }

    /// Takes an answer; false where it is none to this question.
    private mutating func take(_ message: [UInt8], at now: Monotonic) -> Bool {
        guard let response = DNSResponse(message, id: id, name: name.description, type: type) else { return false }
        if response.isTruncated {
            if isStream || !open(isStream: true, at: now) { askNext(at: now) }
        } else if response.code == .noError || response.code == .noSuchName {
            finish(.answered(response.addresses, seconds: response.seconds))
        } else {
            askNext(at: now)
        }
        return true
    }

    private mutating func finish(_ outcome: Outcome) {
        self.outcome = outcome
        socket = nil
        outgoing = []
        incoming = []
    }
}
