import CLinux
import Glibc
import GuestProtocol

/// A listening socket, kept open so that the next supervisor gets it too.
struct OpenListener {
    let listener: Listener
    let descriptor: Int32

    /// Binds to every IPv4 address. Fails where the agent, once it runs, has taken the port.
    init(_ listener: Listener) throws(GuestError) {
        self.listener = listener
        let type = Int32((listener.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM).rawValue)
        descriptor = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0, open() else {
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw .system("listen on \(listener.transport):\(listener.port)", code: code)
        }
    }

    private func open() -> Bool {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size) == 0 else { return false }
        // An answer must leave from the address that was asked, so the supervisor must learn which that was.
        let isStream = listener.transport == .tcp
        guard isStream || setsockopt(descriptor, Int32(IPPROTO_IP), IP_PKTINFO, &on, size) == 0 else { return false }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = listener.port.bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return bound == 0 && (!isStream || listen(descriptor, 512) == 0)
    }
}
