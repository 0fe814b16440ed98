import Foundation
import Glibc
import Synchronization
import System
import Testing

/// The tests' own internet (`Tests/Internet`): one for the whole run, made when it is first needed. It removes itself when
/// this process ends, however it ends: it lives for as long as its standard input is open.
final class Internet: Sendable {
    /// Where the user's machine is, the name of a network namespace.
    let home: String
    /// Where all servers are.
    let net: String
    /// Certificates, keys, the journal.
    let folder: String

    private let input: Descriptor
    private let output: Descriptor
    private let lock = Mutex(0)

    private struct Description: Decodable {
        let home: String
        let net: String
        let folder: String
    }

    /// Something that the internet saw. Which particulars there are depends on the kind: a question of the name service
    /// (`dns`), a connection (`accept`), a ClientHello (`tls`), a request of HTTP, a datagram that a server got, a packet
    /// that came over a link whether anybody listens or not, a mark of a test.
    struct Sighting: Decodable, CustomStringConvertible {
        let kind: String
        let address: String?
        let port: Int?
        let client: String?
        /// Which link a packet came over.
        let link: String?
        let name: String?
        let type: String?
        let host: String?
        let target: String?
        let text: String?
        /// What a model was asked in a conversation, and how many uses of tools have come back since.
        let asked: [String]?
        let done: Int?
        let `protocol`: String?

        var description: String {
            [kind, `protocol`, client, "->", address, port.map(String.init), name, type, host, target, text]
                .compactMap { $0 }.joined(separator: " ")
        }
    }

    static let made = Result { try Internet() }

    /// The internet, or why there is none.
    static var shared: Internet { get throws { try made.get() } }

    /// `Tests/Internet`.
    static let sources = Files.parent(of: Files.parent(of: #filePath)) + "/Internet"

    private init() throws {
        try #require(getuid() == 0, "the network tests make network namespaces, which takes root")
        let toChild = try Descriptor.pipe()
        let fromChild = try Descriptor.pipe()
        _ = try ChildProcess(
            Subprocess("\(Self.sources)/run"), input: .descriptor(toChild.read), output: .descriptor(fromChild.write),
            errors: .inherit, ownSession: true)
        input = toChild.write
        output = fromChild.read
        let line = try Self.line(output)
        let description = try JSONDecoder().decode(Description.self, from: Data(line))
        (home, net, folder) = (description.home, description.net, description.folder)
    }

    /// Addresses, as `plan.py` has them.
    static let (allowed, wild, evil, resolver) = ("198.51.100.10", "198.51.100.11", "198.51.100.66", "198.51.100.53")
    static let model = "198.51.100.20"
    static let evil6 = "2001:db8:113::66"
    static let homeAddress = "203.0.113.10"

    /// The environment that brings programs to the tests' own certificate authority.
    func certificates(_ path: String) -> [String] {
        ["CURL_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO", "PIP_CERT"].map { "\($0)=\(path)" }
    }

    /// Ends a part of the journal: everything that has happened up to now is before it. Its value is where the next begins.
    func mark() throws -> Int {
        let number = lock.withLock { number in
            number += 1
            return number
        }
        _ = try obey("mark \(number)")
        return try journal().count
    }

    /// What was seen since a mark, up to now.
    func seen(since mark: Int) throws -> [Sighting] {
        _ = try self.mark()
        return try journal().dropFirst(mark).filter { $0.kind != "mark" }
    }

    /// Connects a process's network namespace as a visitor; its address.
    func attach(_ process: Int) throws -> String {
        let answer = try JSONDecoder().decode([String: String].self, from: Data(obey("attach \(process)")))
        return try #require(answer["address"], "\(answer)")
    }

    private func obey(_ command: String) throws -> [UInt8] {
        try input.write(Array("\(command)\n".utf8))
        return try Self.line(output)
    }

    private func journal() throws -> [Sighting] {
        let decoder = JSONDecoder()
        return try Files.read("\(folder)/journal", limit: 256 << 20).split(separator: UInt8(ascii: "\n"))
            .map { try decoder.decode(Sighting.self, from: Data($0)) }
    }

    private static func line(_ output: Descriptor) throws -> [UInt8] {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            try #require(
                try output.waitUntilReadable(milliseconds: 10_000), "the tests' internet does not answer")
            let more = try output.read(atMost: 65536)
            try #require(!more.isEmpty, "the tests' internet did not start or has ended; it has said why")
            line += more
        }
        return line
    }
}

extension Collection<Internet.Sighting> {
    /// What came from the user's machine: from the gateway, or whatever it let through.
    var fromHome: [Internet.Sighting] {
        filter {
            // A packet's own word about where it comes from counts for nothing.
            if let link = $0.link { return link == "home0" }
            return $0.client == Internet.homeAddress || $0.client?.hasPrefix("2001:db8:2:") == true
        }
    }

    /// What came from ordinary containers.
    var fromVisitors: [Internet.Sighting] {
        filter {
            if let link = $0.link { return link != "home0" }
            let client = $0.client ?? ""
            return client != Internet.homeAddress && client.hasPrefix("203.0.113.") || client.hasPrefix("2001:db8:3:")
        }
    }

    func of(_ kind: String) -> [Internet.Sighting] { filter { $0.kind == kind } }

    /// What reached a server, or was on its way there.
    func to(_ addresses: String...) -> [Internet.Sighting] { filter { addresses.contains($0.address ?? "") } }

    /// Questions about a name or what is below it.
    func about(_ name: String) -> [Internet.Sighting] {
        of("dns").filter { $0.name == name || $0.name?.hasSuffix("." + name) == true }
    }
}
