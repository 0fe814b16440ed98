import NetworkPolicy

extension HTTPGuard {
    /// A whole response that tells an agent why its request went nowhere, and what helps (RFC 9110, 15.5.4). The host is
    /// only named where it is a name that was judged.
    static func denial(host: String, port: UInt16, detail: StaticString) -> [UInt8] {
        let place = HostName(host).map { "\($0), port \(port)" } ?? "this host"
        let text = """
            The network policy of this sandbox did not let a request to \(place) out: \(detail).
            Trying again does not help: what is sent there must be plain HTTP/1 for the host that was looked up.
            /run/task/denied lists what was refused.

            """
        let head = [
            "HTTP/1.1 403 Forbidden", "Content-Type: text/plain", "Content-Length: \(text.utf8.count)",
            "Connection: close", "", "",
        ]
        return Array((head.joined(separator: "\r\n") + text).utf8)
    }
}
