import NetworkPolicy

/// Which name servers the system asks (resolv.conf(5)). Names are always whole here, so there is no search list.
struct ResolverConfiguration: Equatable {
    /// At most three, in the order in which they are asked. IPv6 addresses with a zone are left out.
    private(set) var nameservers: [IPAddress] = []
    /// Seconds to wait for each; 1 to 30.
    private(set) var timeout = 5
    /// How often all of them are asked in turn; 1 to 5.
    private(set) var attempts = 2

    private static let mostServers = 3

    /// From the text of the file; what is not understood is left out, as the system does.
    init(_ text: [UInt8]) {
        var rest = text[...]
        while let line = FileText.nextLine(&rest) {
            let words = FileText.words(line)
            guard let keyword = words.first else { continue }
            if keyword.elementsEqual("nameserver".utf8) {
                guard nameservers.count < Self.mostServers, words.count > 1 else { continue }
                if let address = IPAddress(String(decoding: words[1], as: UTF8.self)) { nameservers.append(address) }
            } else if keyword.elementsEqual("options".utf8) {
                for word in words.dropFirst() { take(option: word) }
            }
        }
        // The name server on the own machine (resolv.conf(5), "nameserver").
        if nameservers.isEmpty { nameservers = [IPAddress(v4: 0x7f00_0001)] }
    }

    private mutating func take(option: ArraySlice<UInt8>) {
        let parts = option.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let number = HTTPText.decimal(parts[1]) else { return }
        if parts[0].elementsEqual("timeout".utf8) { timeout = Int(min(max(number, 1), 30)) }
        if parts[0].elementsEqual("attempts".utf8) { attempts = Int(min(max(number, 1), 5)) }
    }
}
