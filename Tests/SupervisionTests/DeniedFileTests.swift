import Foundation
import Glibc
import System
import TaskModel
import TaskStore
import Testing

@testable import Supervision

@Suite("What the agent reads about refused connections") struct DeniedFileTests {
    private let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    private let time = Date(timeIntervalSince1970: 0)

    /// Runs a test with a task's directory that is removed afterwards.
    private func withDirectory(_ body: (TaskDirectory) throws -> Void) throws {
        let directory = TaskStore(root: root).directory(try #require(TaskID("fix")))
        try Files.makeDirectory(directory.control)
        defer { try? FileTree.remove(root) }
        try body(directory)
    }

    private func lines(_ directory: TaskDirectory) throws -> [String] {
        String(decoding: try Files.read(directory.denied), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("it begins with what to do, and says when, what and why")
    func content() throws {
        try withDirectory { directory in
            let file = DeniedFile(directory)
            try file.append(time: time, host: "evil.test", port: 443, reason: "not listed")
            try file.append(time: time.addingTimeInterval(61), host: "tunnel.test", port: nil, reason: "no such name")
            // A successor goes on where the file ends.
            try DeniedFile(directory).append(time: time, host: "192.0.2.1", port: 1, reason: "x")
            #expect(
                try lines(directory) == [
                    "# what did not get out of this sandbox, and why; do not retry what is not listed; "
                        + "the user can allow a name with: task policy allow fix <name>",
                    "1970-01-01T00:00:00Z evil.test:443 not listed", "1970-01-01T00:01:01Z tunnel.test no such name",
                    "1970-01-01T00:00:00Z 192.0.2.1:1 x",
                ])
        }
    }

    @Test("everyone inside may read it, whatever the mask is")
    func mode() throws {
        try withDirectory { directory in
            let mask = umask(0o077)
            defer { umask(mask) }
            try DeniedFile(directory).append(time: time, host: "evil.test", port: 443, reason: "x")
            var status = stat()
            try #require(stat(directory.denied, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o644)
        }
    }

    @Test("a name cannot forge a line or steer a terminal")
    func hostileNames() throws {
        try withDirectory { directory in
            let file = DeniedFile(directory)
            let name = "a\n1970-01-01T00:00:00Z forged\u{1b}[2J\u{9b}ü\0" + String(repeating: "x", count: 300)
            try file.append(time: time, host: name, port: 80, reason: "r\r\n")
            let found = try lines(directory)
            #expect(found.count == 2)
            #expect(found[1].hasPrefix("1970-01-01T00:00:00Z a?1970-01-01T00:00:00Z forged?[2J????"))
            #expect(found[1].hasSuffix("x:80 r??"))
            #expect(found[1].count == 21 + 255 + 3 + 1 + 3)
        }
    }

    @Test("it never grows beyond its limit, and keeps the newest lines whole")
    func limit() throws {
        try withDirectory { directory in
            let file = DeniedFile(directory)
            for number in 1...3000 {
                try file.append(time: time, host: "host-\(number).test", port: 443, reason: "not listed")
                #expect(try #require(Files.size(directory.denied)) <= DeniedFile.limit)
            }
            let found = try lines(directory)
            #expect(found[0].hasPrefix("# what"))
            let start = "1970-01-01T00:00:00Z host-".count
            let numbers = found.dropFirst().map { Int($0.dropFirst(start).prefix { $0 != "." }) }
            #expect(numbers == Array((3001 - numbers.count)...3000))
            #expect(numbers.count > 500)
        }
    }

    @Test("a link in its place is not followed")
    func link() throws {
        try withDirectory { directory in
            let victim = "\(root)/victim"
            try Files.replace(victim, with: Array("mine".utf8))
            try #require(symlink(victim, directory.denied) == 0)
            #expect(throws: SystemError.self) {
                try DeniedFile(directory).append(time: time, host: "a.test", port: 1, reason: "x")
            }
            #expect(try Files.read(victim) == Array("mine".utf8))
        }
    }
}
