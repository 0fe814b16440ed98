import CLinux
import Glibc
import GuestProtocol

/// A listening socket, kept open so that the next supervisor gets it too.
struct OpenListener {
    let listener: Listener
    let descriptor: Int32

    /// Binds to every IPv4 address. The agent does not run yet, so nobody can have taken the port.
    init(_ listener: Listener) throws(GuestError) {
        self.listener = listener
        let isStream = listener.transport == .tcp
        let attempt = "listen on \(isStream ? "tcp" : "udp"):\(listener.port)"
        let type = Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue)
        descriptor = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system(attempt) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size) == 0 else { throw .system(attempt) }
        // An answer must leave from the address that was asked, so the supervisor must learn which that was.
        guard isStream || setsockopt(descriptor, Int32(IPPROTO_IP), IP_PKTINFO, &on, size) == 0 else {
            throw .system(attempt)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = listener.port.bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, !isStream || listen(descriptor, 512) == 0 else { throw .system(attempt) }
    }
}
