import Glibc
import GuestProtocol

extension Guest {
    /// Listens on a TCP port and hands the socket over; it is kept for the supervisors to come. By now no capability is
    /// left: that a port below 1024 can be had at all is the sandbox's setting (ip_unprivileged_port_start, ip(7)).
    mutating func listen(_ request: UInt32, on port: UInt16) {
        let wanted = Listener(transport: .tcp, port: port)
        if let open = listeners.first(where: { $0.listener == wanted }) {
            return say(.listening(request: request), [open.descriptor], closing: false)
        }
        do throws(GuestError) {
            guard listeners.count < Bounds.listeners else {
                throw GuestError("\(Bounds.listeners) listeners are open already")
            }
            let open = try OpenListener(wanted)
            listeners.append(open)
            say(.listening(request: request), [open.descriptor], closing: false)
        } catch {
            refuse(request, error)
        }
    }
}
