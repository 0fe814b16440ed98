import CLinux
import Glibc

/// The addresses of this machine's own network interfaces.
public enum OwnAddresses {
    /// All of them (getifaddrs(3)): four bytes each or sixteen, the most significant one first.
    public static func all() throws(SystemError) -> Set<[UInt8]> {
        var first: UnsafeMutablePointer<ifaddrs>?
        try check("list", "the network interfaces") { getifaddrs(&first) }
        defer { freeifaddrs(first) }
        var found: Set<[UInt8]> = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr else { continue }
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    _ = found.insert(withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) })
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    _ = found.insert(withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) })
                }
            default: continue
            }
        }
        return found
    }
}
