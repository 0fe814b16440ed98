import Glibc
import NetworkPolicy
import System

/// Finds the addresses of names, as a stub resolver does: the system's hosts file first, then its name servers, both
/// kinds of address side by side. It never blocks; whoever asks for the same name meanwhile waits for the same answer.
///
/// The C library's resolver is not used: it blocks, and does not say how long an answer may be kept.
final class Resolver {
    /// A name that was looked up, for those who wait for it; no addresses mean that it could not be.
    struct Finished {
        let waiters: [UInt64]
        let addresses: [IPAddress]
    }

    private struct Lookup {
        var waiters: [UInt64]
        var v4: Inquiry
        var v6: Inquiry

        func isDue(at now: Monotonic) -> Bool { v4.isDue(at: now) || v6.isDue(at: now) }
    }

    /// How long the second kind of address is waited for after the first has come.
    private static let patience = Duration.milliseconds(300)

    private let poller: Poller
    private var files: ResolverFiles
    private var cache: NameCache
    private let mostLookups: Int
    private var lookups: [UInt64: Lookup] = [:]
    private var pending: [HostName: UInt64] = [:]
    private var lastID: UInt64 = 0
    private var finished: [Finished] = []

    /// A resolver that remembers at most `capacity` names, and looks up so many at a time.
    init(sources: ResolverSources, poller: Poller, capacity: Int, lookups: Int) {
        mostLookups = lookups
        self.poller = poller
        files = ResolverFiles(sources)
        cache = NameCache(capacity: capacity)
    }

    /// The addresses of a name where they are known, perhaps none; nil where `takeFinished` will tell the waiter.
    ///
    /// - Throws: `SystemError` where the system's files cannot be read; `ENOBUFS` where too many names are being looked
    ///   up: those that nobody waits for any more are, too.
    func addresses(of name: HostName, for waiter: UInt64, at now: Monotonic) throws(SystemError) -> [IPAddress]? {
        if try files.refresh(at: now) { cache.clear() }
        if let known = cache.addresses(of: name, at: now) { return known }
        let listed = files.hosts.addresses(of: name)
        if !listed.isEmpty {
            cache.keep(listed, of: name, seconds: .max, at: now)
            return listed
        }
        if let id = pending[name] {
            lookups[id]?.waiters.append(waiter)
        } else {
            guard lookups.count < mostLookups else { throw SystemError("look up", "one more name", code: ENOBUFS) }
            begin(name, for: waiter, at: now)
        }
        return nil
    }

    /// Deals with news of a socket.
    func hear(_ id: UInt64, at now: Monotonic) {
        let isV6 = id & 1 == 1
        change(id & ~1, at: now) { lookup in
            if isV6 { lookup.v6.hear(at: now) } else { lookup.v4.hear(at: now) }
        }
    }

    /// Asks the next server where one took too long.
    func expire(at now: Monotonic) {
        for (id, lookup) in lookups where lookup.isDue(at: now) {
            change(id, at: now) { lookup in
                if lookup.v4.isDue(at: now) { lookup.v4.askNext(at: now) }
                if lookup.v6.isDue(at: now) { lookup.v6.askNext(at: now) }
            }
        }
    }

    /// When `expire` is to be called next.
    var deadline: Monotonic? { lookups.values.flatMap { [$0.v4.due, $0.v6.due] }.compactMap { $0 }.min() }

    /// Whether there is something to take.
    var hasFinished: Bool { !finished.isEmpty }

    /// What was found since this was last called.
    func takeFinished() -> [Finished] {
        defer { finished = [] }
        return finished
    }

    /// Forgets what is being looked up.
    func cancel() {
        lookups = [:]
        pending = [:]
        finished = []
    }

    private func begin(_ name: HostName, for waiter: UInt64, at now: Monotonic) {
        lastID += 2
        let id = lastID
        func inquiry(_ type: UInt16) -> Inquiry {
            Inquiry(name, type: type, files.configuration, port: files.port)
        }
        lookups[id] = Lookup(
            waiters: [waiter], v4: inquiry(DNSResponse.typeA), v6: inquiry(DNSResponse.typeAAAA))
        pending[name] = id
        change(id, at: now) { lookup in
            lookup.v4.askNext(at: now)
            lookup.v6.askNext(at: now)
        }
    }

    /// Changes a lookup, waits for the sockets that it has then, and finishes it where nothing is left to ask.
    private func change(_ id: UInt64, at now: Monotonic, _ body: (inout Lookup) -> Void) {
        guard var lookup = lookups[id] else { return }
        let before = (lookup.v4.socket, lookup.v6.socket)
        body(&lookup)
        watch(lookup.v4.socket, insteadOf: before.0, id)
        watch(lookup.v6.socket, insteadOf: before.1, id | 1)
        if case .answered(let addresses, _) = lookup.v4.outcome, !addresses.isEmpty {
            lookup.v6.hurry(until: now + Self.patience)
        }
        if case .answered(let addresses, _) = lookup.v6.outcome, !addresses.isEmpty {
            lookup.v4.hurry(until: now + Self.patience)
        }
        lookups[id] = lookup
        if lookup.v4.outcome != .waiting, lookup.v6.outcome != .waiting { finish(id, lookup, at: now) }
    }

    private func watch(_ socket: Descriptor?, insteadOf old: Descriptor?, _ id: UInt64) {
        if socket === old { return }
        if let old { poller.remove(old) }
        // A socket that cannot be waited for is noticed when its time is over.
        if let socket { try? poller.add(socket, token: Token.lookup(id).number, for: [.reading, .writing, .changes]) }
    }

    private func finish(_ id: UInt64, _ lookup: Lookup, at now: Monotonic) {
        lookups[id] = nil
        pending[lookup.v4.name] = nil
        var addresses: [IPAddress] = []
        var seconds = UInt32.max
        for case .answered(let found, let kept) in [lookup.v4.outcome, lookup.v6.outcome] where !found.isEmpty {
            addresses += found
            seconds = min(seconds, kept)
        }
        cache.keep(addresses, of: lookup.v4.name, seconds: seconds, at: now)
        finished.append(Finished(waiters: lookup.waiters, addresses: addresses))
    }
}
