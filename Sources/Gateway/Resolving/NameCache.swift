import NetworkPolicy
import System

/// Answers that may still be used. Pure; the time is passed in.
struct NameCache {
    /// How long an answer is kept at least and at most, whatever it says itself.
    private static let leastSeconds: UInt32 = 1
    private static let mostSeconds: UInt32 = 3600
    /// How long it is kept that a name could not be looked up, or has no address.
    private static let emptySeconds: UInt32 = 5

    private struct Entry {
        let addresses: [IPAddress]
        let end: Monotonic
    }

    private let capacity: Int
    private var entries: [HostName: Entry] = [:]

    /// A cache for so many names.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// The addresses of a name, perhaps none; nil where that is not known.
    func addresses(of name: HostName, at now: Monotonic) -> [IPAddress]? {
        guard let entry = entries[name], now < entry.end else { return nil }
        return entry.addresses
    }

    /// Keeps an answer for as many seconds as it says.
    mutating func keep(_ addresses: [IPAddress], of name: HostName, seconds: UInt32, at now: Monotonic) {
        if entries.count >= capacity { entries = entries.filter { now < $0.value.end } }
        if entries.count >= capacity { entries = [:] }
        let seconds = addresses.isEmpty ? Self.emptySeconds : min(max(seconds, Self.leastSeconds), Self.mostSeconds)
        entries[name] = Entry(addresses: addresses, end: now + .seconds(Int64(seconds)))
    }

    /// Forgets everything.
    mutating func clear() { entries = [:] }
}
