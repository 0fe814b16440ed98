import NetworkPolicy
import System

/// This machine's own addresses, which a public name may lead to as well. Read anew at most once a second.
struct OwnAddressesCache {
    private static let period = Duration.seconds(1)

    private var addresses: Set<[UInt8]> = []
    private var freshUntil: Monotonic?

    /// Whether an address is one of this machine's.
    ///
    /// - Throws: `SystemError` where that cannot be found out.
    mutating func contains(_ address: IPAddress, at now: Monotonic) throws(SystemError) -> Bool {
        if freshUntil.map({ $0 <= now }) ?? true {
            addresses = try OwnAddresses.all()
            freshUntil = now + Self.period
        }
        return addresses.contains(address.bytes)
    }
}
