import Foundation
import System
import TaskModel
import Testing

@testable import Environments

@Suite("Image definitions") struct ImageDefinitionTests {
    private let whole = """
        {"version": 1, "purpose": "p", "registry": "debian:stable-slim", "packages": ["git", "tmux"], "omit": ["/usr/share/doc/*"]}
        """

    private func definition(_ json: String) throws -> ImageDefinition {
        try ImageDefinition(name: "base", json: Array(json.utf8))
    }

    @Test("a whole one")
    func reading() throws {
        let found = try definition(whole)
        #expect(found.name == "base" && found.purpose == "p" && found.registry == "debian:stable-slim")
        #expect(found.packages == ["git", "tmux"] && found.omit == ["/usr/share/doc/*"])
    }

    @Test("the repository's own is sound")
    func own() throws {
        let installation = try Installation.find()
        let base = try ImageDefinition(name: "base", in: installation.images)
        #expect(Set(base.packages).isSuperset(of: ["ca-certificates", "git", "tmux"]))
    }

    @Test(
        "unknown keys, other versions, options among the packages, and what is missing, are errors",
        arguments: [
            (#""purpose""#, #""porpoise""#), (#""version": 1"#, #""version": 2"#), (#""git""#, #""--option""#),
            (#""git""#, #""""#), (#""git""#, #""git tmux""#), (#""git""#, "3"), (#""/usr/share/doc/*""#, #""-x""#),
            (#", "omit": ["/usr/share/doc/*"]"#, ""), ("}", ""),
            (#""version": 1, "#, #""version": 1, "script": "x", "#),
        ])
    func refused(part: String, other: String) throws {
        #expect(whole.contains(part))
        #expect(throws: (any Error).self) { try definition(whole.replacingOccurrences(of: part, with: other)) }
    }

    @Test("a definition that is not there is named")
    func missing() throws {
        let error = #expect(throws: TaskError.self) { try ImageDefinition(name: "none", in: "/nowhere") }
        #expect(error?.kind == .noSandbox)
        #expect(error?.message.hasPrefix("cannot use the image definition '/nowhere/none/image.json': ") == true)
    }

    @Test("the key is that of the content: all that goes into the image, and nothing else")
    func key() throws {
        let key = try definition(whole).key(suite: "bookworm", architecture: "x86_64")
        func other(_ part: String, _ other: String) throws -> String {
            try definition(whole.replacingOccurrences(of: part, with: other)).key(
                suite: "bookworm", architecture: "x86_64")
        }
        #expect(key.count == 64)
        #expect(try other(#""purpose": "p""#, #""purpose": "other""#) == key)
        #expect(try other(#""git", "tmux""#, #""tmux", "git""#) == key)
        #expect(try other("slim", "fat") != key)
        #expect(try other(#""git", "#, "") != key)
        #expect(try other("doc", "man") != key)
        #expect(
            try other(#""tmux"], "omit": ["/usr/share/doc/*"]"#, #""tmux", "/usr/share/doc/*"], "omit": []"#) != key)
        #expect(try definition(whole).key(suite: "trixie", architecture: "x86_64") != key)
        #expect(try definition(whole).key(suite: "bookworm", architecture: "aarch64") != key)
    }

    @Test(
        "the release is read from os-release, and nothing but a word is taken",
        arguments: [
            ("NAME=x\nVERSION_CODENAME=bookworm\n", "bookworm"), ("VERSION_CODENAME=\"noble\"", "noble"),
            ("VERSION_CODENAME='jammy'", "jammy"), ("NAME=x", nil), ("VERSION_CODENAME=", nil),
            ("VERSION_CODENAME=a b", nil),
            ("VERSION_CODENAME=--x", nil), ("", nil),
        ] as [(String, String?)])
    func release(text: String, suite: String?) {
        #expect(HostRelease.suite(in: text) == suite)
    }
}

@Suite("Archives") struct TarTests {
    @Test("the real tar reads them", arguments: [0, 1, 511, 512, 513, 100_000])
    func tar(size: Int) throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let folder = "/tmp/task-tar-tests-\(getpid())-\(UInt64.random(in: .min ... .max))"
        try Files.makeDirectory(folder)
        defer { try? FileTree.remove(folder) }
        try Files.replace("\(folder)/a.tar", with: Tar.file("Containerfile", content))
        let list = try Subprocess("tar", ["-tvf", "a.tar"], directory: folder).runBlocking(seconds: 10)
        #expect(list.succeeded && list.errorText.isEmpty, "\(list.errorText)")
        #expect(list.outputText.hasPrefix("-rw-r--r-- 0/0"))
        #expect(list.outputText.contains(" \(size) "))
        let extract = try Subprocess("tar", ["-xf", "a.tar"], directory: folder).runBlocking(seconds: 10)
        #expect(extract.succeeded, "\(extract.errorText)")
        #expect(try Files.read("\(folder)/Containerfile") == content)
    }
}

@Suite("Installation") struct InstallationTests {
    @Test("the parts of a build are found beside it")
    func build() throws {
        let installation = try Installation.find()
        #expect(Files.exists(installation.guest) && installation.guest.hasSuffix("/task-guest"))
        #expect(Files.exists("\(installation.images)/base/image.json"))
        #expect(Array(installation.seccomp.json.utf8) == (try Files.read(installation.seccomp.path)))
        #expect(installation.seccomp.path.hasSuffix("/images/seccomp.json"))
    }
}
