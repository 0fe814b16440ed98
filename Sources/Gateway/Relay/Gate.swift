import NetworkPolicy

/// What has to be seen of a connection to a name before anything is dialled. It goes by the port, since that is what a
/// client's program goes by.
enum Gate {
    /// A ClientHello that names the host (SNI, RFC 6066, 3).
    case tls
    /// Requests of HTTP/1 for the host.
    case http
    /// Nothing: the server may speak first (SSH, SMTP), so the name and the port have to do.
    case none

    /// Where TLS begins with the first byte: https and its second port, DNS over TLS, submissions, LDAP, FTP, Telnet,
    /// IMAP, POP3 (989 to 995), Kubernetes, and the databases and queues that have a port for it.
    static let tlsPorts: Set<UInt16> = [443, 465, 563, 636, 853, 989, 990, 991, 992, 993, 994, 995, 5671, 6443, 8443]
    /// Where HTTP is spoken in the clear.
    static let httpPorts: Set<UInt16> = [80, 8080]

    init(port: UInt16) {
        self = Self.tlsPorts.contains(port) ? .tls : Self.httpPorts.contains(port) ? .http : .none
    }
}
