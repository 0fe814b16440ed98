import Foundation
import ImageLibrary
import System
import TaskModel
import Testing

@testable import Environments

@Suite("This machine's release") struct HostReleaseTests {
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
        try Files.replace("\(folder)/a.tar", with: Archive.of([("Containerfile", content)]))
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
