import Environments
import Foundation
import System
import TaskModel
import Testing

@testable import Supervision

@Suite("What is put into an agent's home") struct HomeFilesTests {
    private let folder = "/var/tmp/task-home-test-\(UInt64.random(in: 0...UInt64.max))"
    private var home: String { "\(folder)/home" }
    private var files: HomeFiles { HomeFiles(path: home, user: AgentUser(callerUser: 501, callerGroup: 20)) }

    private func inFolder(_ body: () throws -> Void) throws {
        try Files.makeDirectory(home)
        defer { try? FileTree.remove(folder) }
        try body()
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return lstat("\(home)/\(path)", &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("files are written with what they need and no more")
    func written() throws {
        try inFolder {
            try files.write([".agent/settings.json": "{}", ".agent/hooks/on": "#!/bin/sh\n", "note": "text"])
            #expect(try Files.read("\(home)/.agent/settings.json") == Array("{}".utf8))
            #expect(mode(".agent/settings.json") == 0o600 && mode(".agent/hooks/on") == 0o755)
            #expect(mode(".agent") == 0o755 && mode("note") == 0o600)
        }
    }

    @Test(
        "a path that leads out is refused",
        arguments: ["../out", "a/../../out", "/out", "a//b", ".", "..", "", "a/", "link/out", "file/out", "a\0b"])
    func outside(path: String) throws {
        try inFolder {
            symlink(folder, "\(home)/link")
            try Files.replace("\(home)/file", with: [])
            #expect(throws: SystemError.self) { try files.write([path: "text"]) }
            #expect(try Files.list(folder) == ["home"])
        }
    }

    @Test("what is there already is not replaced")
    func present() throws {
        try inFolder {
            try files.write(["a": "old"])
            symlink("\(folder)/target", "\(home)/b")
            for name in ["a", "b"] {
                let error = #expect(throws: SystemError.self) { try files.write([name: "new"]) }
                #expect(error?.code == EEXIST)
            }
            #expect(try Files.read("\(home)/a") == Array("old".utf8))
            #expect(try Files.list(folder) == ["home"])
        }
    }

    @Test("before each start the last report is gone, and there are directories to mount on")
    func prepared() throws {
        try inFolder {
            try files.prepare(for: [
                Volume(.cache, source: "v", target: "/home/agent/.cache/pip", readOnly: false, isNamed: true),
                Volume(.cache, source: "v", target: "/elsewhere", readOnly: false, isNamed: true),
            ])
            #expect(Files.isDirectory("\(home)/.cache/pip") && !Files.exists("\(home)/elsewhere"))
            try Files.replace("\(home)/.task/status", with: Array("waiting\n".utf8))
            #expect(files.report == Array("waiting\n".utf8))
            try files.prepare(for: [])
            #expect(files.report == nil)
        }
    }

    @Test("a directory that the agent made a link is not mounted on, and nothing is removed through it")
    func linked() throws {
        try inFolder {
            try Files.makeDirectory("\(folder)/host/.task")
            try Files.replace("\(folder)/host/status", with: Array("precious".utf8))
            symlink("\(folder)/host", "\(home)/.cache")
            let volume = Volume(.cache, source: "v", target: "/home/agent/.cache/pip", readOnly: false, isNamed: true)
            #expect(throws: SystemError.self) { try files.prepare(for: [volume]) }
            try FileTree.remove("\(home)/.task")
            symlink("\(folder)/host", "\(home)/.task")
            #expect(throws: SystemError.self) { try files.prepare(for: []) }
            #expect(files.report == nil)
            #expect(try Files.list("\(folder)/host") == [".task", "status"])
        }
    }

    @Test("only a small plain file is a report")
    func hostileReports() throws {
        try inFolder {
            try files.prepare(for: [])
            let status = "\(home)/.task/status"
            try Files.replace("\(folder)/secret", with: Array("waiting secret\n".utf8))
            symlink("\(folder)/secret", status)
            #expect(files.report == nil)
            unlink(status)
            mkfifo(status, 0o666)
            #expect(files.report == nil)
            unlink(status)
            try Files.makeDirectory(status)
            #expect(files.report == nil)
            rmdir(status)
            try Files.replace(status, with: [])
            truncate(status, 1 << 30)
            #expect(files.report == nil)
            truncate(status, 4096)
            #expect(files.report?.count == 4096)
        }
    }
}
