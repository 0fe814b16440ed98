import Foundation
import Testing

@testable import PackageIndex

@Suite("The package index", .serialized) struct IndexTests {
    static let page = """
        {"meta": {"api-version": "1.1"}, "name": "some-agent", "files": [
          {"filename": "some_agent-1.9-py3-none-any.whl", "url": "x", "hashes": {}},
          {"filename": "some_agent-1.10-py3-none-any.whl", "url": "x", "hashes": {}, "yanked": false},
          {"filename": "some_agent-1.11-py3-none-any.whl", "url": "x", "hashes": {}, "yanked": "broken"},
          {"filename": "some_agent-1.12-py3-none-any.whl", "url": "x", "hashes": {}, "yanked": true},
          {"filename": "some_agent-2.0rc1-py3-none-any.whl", "url": "x", "hashes": {}},
          {"filename": "some-agent-1.2.tar.gz", "url": "x", "hashes": {}}]}
        """

    static func newest(_ address: String, _ package: String = "Some_Agent", more: [String: String] = [:]) async throws
        -> String?
    {
        let environment = ["PIP_INDEX_URL": address].merging(more) { $1 }
        return try await PackageIndex(environment: environment).newest(of: package)?.description
    }

    static func refusal(_ address: String, more: [String: String] = [:]) async throws -> String {
        do {
            let found = try await newest(address, more: more)
            Issue.record("it was answered with \(found ?? "nothing")")
            return ""
        } catch let error as PackageIndexError {
            return error.description
        }
    }

    @Test("the newest release is found; withdrawn ones and pre-releases are passed over")
    func newest() async throws {
        let server = try Server(["/simple/some-agent/": .init(body: Self.page)])
        #expect(try await Self.newest("http://127.0.0.1:\(server.port)/simple/") == "1.10")
    }

    @Test("a certificate that is not trusted, or for another name, ends the question")
    func certificates() async throws {
        let answers = ["/some-agent/": Server.Answer(body: Self.page)]
        let server = try Server(answers, certificateFor: "IP:127.0.0.1")
        let address = "https://127.0.0.1:\(server.port)"
        let authority = "\(server.folder)/certificate.pem"
        #expect(try await Self.newest(address, more: ["PIP_CERT": authority]) == "1.10")
        #expect(try await Self.newest(address, more: ["SSL_CERT_FILE": authority]) == "1.10")
        #expect(try await Self.refusal(address).contains("not trusted"))

        let other = try Server(answers, certificateFor: "DNS:other.example")
        let refusal = try await Self.refusal(
            "https://127.0.0.1:\(other.port)", more: ["PIP_CERT": "\(other.folder)/certificate.pem"])
        #expect(refusal.contains("not trusted"), "\(refusal)")
    }

    @Test("a redirection on the same host is followed, one to another host is not")
    func redirections() async throws {
        let server = try Server([
            "/some-agent/": .init(status: 302, headers: ["Location": "/there/some-agent/"]),
            "/there/some-agent/": .init(body: Self.page),
            "/a/some-agent/": .init(status: 301, headers: ["Location": "http://localhost:PORT/there/some-agent/"]),
            "/b/some-agent/": .init(status: 301, headers: ["Location": "file:///etc/passwd"]),
            "/c/some-agent/": .init(status: 302, headers: ["Location": "/c/some-agent/"]),
        ])
        let address = "http://127.0.0.1:\(server.port)"
        #expect(try await Self.newest(address) == "1.10")
        #expect(try await Self.refusal("\(address)/a").contains("another host"))
        #expect(try await Self.refusal("\(address)/b").contains("another host"))
        #expect(try await Self.refusal("\(address)/c").contains("on and on"))
    }

    @Test("what is too large, no list, or not there is refused")
    func answers() async throws {
        let server = try Server([
            "/large/some-agent/": .init(body: Self.page, padding: 33 << 20),
            "/html/some-agent/": .init(body: "<html>"),
            "/broken/some-agent/": .init(status: 500, body: Self.page),
        ])
        let address = "http://127.0.0.1:\(server.port)"
        #expect(try await Self.refusal("\(address)/large").contains("more than 32 MiB"))
        #expect(try await Self.refusal("\(address)/html").contains("list of releases"))
        #expect(try await Self.refusal("\(address)/broken").contains("500"))
        #expect(try await Self.refusal("\(address)/none").contains("does not have the package"))
    }

    @Test("plain HTTP to another machine is refused, and an address's password is not told")
    func plain() async throws {
        let refusal = try await Self.refusal("http://user:secret@mirror.example/simple")
        #expect(refusal.contains("https only") && refusal.contains("mirror.example"))
        #expect(!refusal.contains("secret"))
        #expect(try await Self.refusal("ftp://mirror.example").contains("PIP_INDEX_URL"))
    }

    @Test("an index that does not answer is given up in time")
    func slow() async throws {
        let server = try Server(["/some-agent/": .init(body: Self.page, delay: 120)])
        let fetch = try HTTPFetch(
            "http://127.0.0.1:\(server.port)/some-agent/", accept: "application/vnd.pypi.simple.v1+json",
            authorities: nil)
        let begin = Date()
        await #expect(throws: PackageIndexError.self) { try await fetch.body(limit: 1 << 20, seconds: 1) }
        #expect(Date().timeIntervalSince(begin) < 100)
    }
}
