import NetworkPolicy

/// Where a package manager goes for packages: the host and the port of a URL, and nothing else of it. User names,
/// passwords and paths are neither kept nor printed.
struct RepositoryHost: Hashable, Sendable {
    /// A name, or an address.
    enum Host: Hashable, Sendable, CustomStringConvertible {
        case name(HostName)
        case address(IPAddress)

        var description: String {
            switch self {
            case .name(let name): name.description
            case .address(let address): address.description
            }
        }
    }

    let host: Host
    let port: UInt16

    /// Why a URL is not understood; without the URL, which may hold a secret.
    struct Failure: Error, Equatable {
        let reason: String
    }

    private static let ports: [String: UInt16] = ["http": 80, "https": 443, "ftp": 21, "ssh": 22, "git": 9418]
    /// What leads to this machine's own files.
    private static let local: Set<String> = ["file", "cdrom", "copy", "rsh"]

    /// The host of a URL; nil where it leads to local files.
    static func parse(_ url: String) throws(Failure) -> RepositoryHost? {
        guard let end = url.firstIndex(of: ":") else { throw Failure(reason: "a URL without a scheme") }
        // The last part of "sparse+https", "mirror+http" and "tor+http" says how the host is reached.
        let scheme = url[..<end].split(separator: "+").last.map { $0.lowercased() } ?? ""
        if local.contains(scheme) { return nil }
        guard let port = ports[scheme == "mirror" ? "http" : scheme] else {
            throw Failure(reason: "a URL of a scheme that is not known")
        }
        let rest = url[url.index(after: end)...]
        guard rest.hasPrefix("//") else { throw Failure(reason: "a URL without a host") }
        let authority = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // Some programs end the host there, others do not.
        guard !authority.contains("\\") else { throw Failure(reason: "a URL with a host that cannot be") }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return try parse(authority: String(host), port)
    }

    /// `host[:port]`, where an IPv6 address has brackets.
    private static func parse(authority: String, _ usual: UInt16) throws(Failure) -> RepositoryHost {
        var host = authority[...]
        var port = usual
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            let text = authority[authority.index(after: colon)...]
            host = authority[..<colon]
            if !text.isEmpty {
                let isNumber = text.utf8.allSatisfy { (48...57).contains($0) }
                guard isNumber, let number = UInt16(text), number > 0, number != 53 else {
                    throw Failure(reason: "a URL with a port that cannot be")
                }
                port = number
            }
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = IPAddress(String(host.dropFirst().dropLast())), host.contains(":") else {
                throw Failure(reason: "a URL with an address that cannot be")
            }
            return RepositoryHost(host: .address(address), port: port)
        }
        if let address = IPAddress(String(host)), address.isV4 {
            return RepositoryHost(host: .address(address), port: port)
        }
        do throws(HostNameError) {
            return RepositoryHost(host: .name(try HostName(written: String(host))), port: port)
        } catch {
            throw Failure(reason: "a URL with a host that cannot be")
        }
    }
}
