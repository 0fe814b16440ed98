import NetworkPolicy

/// The system's table of names (hosts(5)). It is read through for every name: usually it is short, and where it is a
/// block list of a hundred thousand names, an index would take more memory than all the rest of the gateway.
struct HostsFile {
    /// How many addresses of a name are taken.
    static let mostAddresses = 64

    private let text: [UInt8]

    /// A table from the text of the file, the length of which the caller limits. What is no address with names is left
    /// out, as the system does.
    init(_ text: [UInt8]) {
        self.text = text
    }

    /// The addresses of a name, in the order of the file; none where it is not in it.
    func addresses(of name: HostName) -> [IPAddress] {
        let wanted = Array(name.description.utf8)
        var addresses: [IPAddress] = []
        var rest = text[...]
        while addresses.count < Self.mostAddresses, let line = FileText.nextLine(&rest) {
            let words = FileText.words(line.prefix { $0 != UInt8(ascii: "#") })
            guard let first = words.first, words.dropFirst().contains(where: { Self.same($0, wanted) }),
                let address = IPAddress(String(decoding: first, as: UTF8.self)), !addresses.contains(address)
            else { continue }
            addresses.append(address)
        }
        return addresses
    }

    private static func same(_ word: ArraySlice<UInt8>, _ wanted: [UInt8]) -> Bool {
        word.count == wanted.count && zip(word, wanted).allSatisfy { HTTPText.lowered($0) == $1 }
    }
}
