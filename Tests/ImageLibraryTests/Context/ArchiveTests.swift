import Glibc
import System
import TaskModel
import Testing

@testable import ImageLibrary

@Suite("Archives of contexts") struct ArchiveTests {
    private static func bytes(_ context: BuildContext) throws -> [UInt8] {
        let next = context.archive()
        var result: [UInt8] = []
        while let piece = try next() {
            #expect(!piece.isEmpty && piece.count <= 256 << 10)
            result += piece
        }
        #expect(try next() == nil)
        return result
    }

    /// Runs a program that must succeed, and returns what it prints.
    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let result = try Subprocess(program, arguments).runBlocking()
        try #require(result.succeeded, "\(result.errorText)")
        return result.outputText
    }

    private static func fill(_ scratch: ScratchContext) throws {
        let long = String(repeating: "long-name-", count: 20)
        try scratch.write("plain.txt", "hello\n")
        try scratch.write("empty", "")
        try scratch.write("script", "#!/bin/sh\n", mode: 0o755)
        try scratch.write("secret", "x", mode: 0o600)
        try scratch.write("sticky/inner", "", mode: 0o444)
        try #require(chmod(scratch.file("sticky"), 0o1777) == 0)
        try scratch.write("\(long)/\(long)/\(long)", "deep\n")
        try scratch.write(String(repeating: "n", count: 99) + "/" + String(repeating: "m", count: 155), "limits")
        try scratch.write(String(repeating: "p", count: 100), "exactly")
        try scratch.write("ünïcødé/文字", "text\n")
        // Names whose bytes and characters differ in number, before names in the directory above.
        try scratch.write("u/é", "1")
        try scratch.write("u/\u{301}x", "2")
        try scratch.write("v", "3")
        try scratch.write("new\nline and space", "odd\n")
        try scratch.link("link", to: "plain.txt")
        try scratch.link("long-link", to: String(repeating: "../", count: 50) + "x")
        try scratch.link("unicode-link", to: "ünïcødé/文字")
        for size in [511, 512, 513, 262_143, 262_144, 262_145, 700_000] {
            try scratch.write("size-\(size)", (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        }
        try #require(Glibc.link(scratch.file("plain.txt"), scratch.file("same-file")) == 0)
    }

    @Test("what tar unpacks is what was there: contents, modes, links, names of any length")
    func unpacked() throws {
        let scratch = try ScratchContext()
        try Self.fill(scratch)
        let context = try scratch.read()
        let archive = try Self.bytes(context)
        #expect(archive.count % 512 == 0)
        try Files.replace("\(scratch.path)/a.tar", with: archive)
        let copy = "\(scratch.path)/copy"
        try Files.makeDirectory(copy)
        _ = try Self.run("tar", ["-xpf", "\(scratch.path)/a.tar", "-C", copy])
        let source = BuildSource(context: copy, containerfile: "\(copy)/Containerfile")
        #expect(try BuildContext(of: source, memory: nil).entries == context.entries)
        _ = try Self.run("diff", ["-r", "--no-dereference", scratch.context, copy])
    }

    @Test("tar lists owners and times that say nothing, in the order of the context")
    func listed() throws {
        let scratch = try ScratchContext()
        try Self.fill(scratch)
        let context = try scratch.read()
        try Files.replace("\(scratch.path)/a.tar", with: Self.bytes(context))
        let options = ["--numeric-owner", "--utc", "--full-time", "--quoting-style=literal"]
        let text = try Self.run("env", ["LC_ALL=C.UTF-8", "tar", "-tvf", "\(scratch.path)/a.tar"] + options)
        let lines = text.replacing("new\nline", with: "new line").split(separator: "\n")
        #expect(lines.count == context.entries.count)
        #expect(lines.allSatisfy { $0.contains(" 0/0 ") && $0.contains(" 1970-01-01 00:00:00 ") })
        for (line, entry) in zip(lines, context.entries) {
            #expect(line.contains(entry.path.replacing("\n", with: " ")))
        }
        #expect(lines.contains { $0.hasPrefix("drwxrwxrwt") && $0.hasSuffix("sticky/") })
        #expect(lines.contains { $0.hasPrefix("-rwxr-xr-x") && $0.hasSuffix("script") })
        #expect(!lines.contains { $0.hasPrefix("h") })
    }

    @Test("the same content is the same archive, whenever and in whatever order it was written")
    func deterministic() throws {
        let (one, other) = (try ScratchContext(), try ScratchContext())
        for name in ["a/x", "b", "c/y"] { try one.write(name, name) }
        for name in ["c/y", "b", "a/x"] { try other.write(name, name) }
        #expect(try Self.bytes(one.read()) == Self.bytes(other.read()))
    }

    @Test("a Containerfile from elsewhere is in the archive, with rules that leave it out")
    func otherContainerfile() throws {
        let scratch = try ScratchContext()
        try scratch.write("../Other", "FROM other\n")
        try scratch.write(".dockerignore", "x\n")
        let context = try BuildContext(of: scratch.source("\(scratch.path)/Other"), memory: nil)
        try Files.replace("\(scratch.path)/a.tar", with: Self.bytes(context))
        func content(_ name: String) throws -> String { try Self.run("tar", ["-xOf", "\(scratch.path)/a.tar", name]) }
        #expect(context.containerfileName == ".task-containerfile")
        #expect(try content(".task-containerfile") == "FROM other\n")
        #expect(try content(".containerignore") == ".containerignore\n.task-containerfile\n")
    }

    @Test("an ignored Containerfile goes along under its own name")
    func ignoredContainerfile() throws {
        let scratch = try ScratchContext()
        try scratch.write(".dockerignore", "Containerfile\n.dockerignore\n")
        try scratch.write("x", "")
        let context = try scratch.read()
        #expect(context.entries.map(\.path) == ["x"])
        #expect(context.containerfileName == "Containerfile")
        try Files.replace("\(scratch.path)/a.tar", with: Self.bytes(context))
        #expect(try Self.run("tar", ["-tf", "\(scratch.path)/a.tar"]) == "x\nContainerfile\n")
    }

    @Test("where an engine would find another ignore file than the one that counts, it gets one without rules")
    func otherIgnoreFile() throws {
        let scratch = try ScratchContext()
        try scratch.write("Containerfile.dockerignore", "none\n")
        try scratch.write(".dockerignore", "wanted\n")
        try scratch.write("wanted", "")
        let context = try scratch.read()
        #expect(context.containerfileName == ".task-containerfile")
        try Files.replace("\(scratch.path)/a.tar", with: Self.bytes(context))
        let names = try Self.run("tar", ["-tf", "\(scratch.path)/a.tar"]).split(separator: "\n")
        #expect(Set(names).isSuperset(of: ["wanted", ".containerignore", ".task-containerfile", "Containerfile"]))
    }

    @Test(
        "a file that changes before it is sent ends the archive, by name",
        arguments: ["content", "shorter", "longer", "gone", "link", "directory", "pipe"])
    func changed(how: String) throws {
        let scratch = try ScratchContext()
        try scratch.write("dir/file", [UInt8](repeating: 65, count: 600_000))
        let context = try scratch.read()
        let file = scratch.file("dir/file")
        switch how {
        case "content": try scratch.write("dir/file", [UInt8](repeating: 65, count: 599_999) + [66])
        case "shorter": try scratch.write("dir/file", [UInt8](repeating: 65, count: 599_999))
        case "longer": try scratch.write("dir/file", [UInt8](repeating: 65, count: 600_001))
        case "gone": try #require(unlink(file) == 0)
        case "link": try #require(unlink(file) == 0 && symlink("/etc/passwd", file) == 0)
        case "directory": try #require(rename(scratch.file("dir"), scratch.file("other")) == 0)
        default: try #require(unlink(file) == 0 && mkfifo(file, 0o600) == 0)
        }
        if how == "directory" { try scratch.link("dir", to: "other") }
        let error = #expect(throws: TaskError.self) { try Self.bytes(context) }
        #expect(error?.message == "'\(file)' changed while it was being sent to the engine")
        #expect(error?.next != nil)
    }

    @Test("a file that changes while it is sent ends the archive too")
    func changedMeanwhile() throws {
        let scratch = try ScratchContext()
        try scratch.write("file", [UInt8](repeating: 65, count: 1 << 20))
        let next = try scratch.read().archive()
        #expect(try next() != nil)
        try scratch.write("file", [UInt8](repeating: 66, count: 1 << 20))
        let error = #expect(throws: TaskError.self) { while try next() != nil {} }
        #expect(error?.message.contains("changed while it was being sent") == true)
    }

    @Test("sizes that a plain header cannot hold are said by a record before it")
    func large() throws {
        let small = Archive.header("f", mode: 0o644, .file(size: 8 << 30 - 1))
        #expect(small.count == 512 && String(decoding: small[124..<135], as: UTF8.self) == "77777777777")
        let header = Archive.header("f", mode: 0o644, .file(size: 8 << 30))
        #expect(header.count == 3 * 512)
        #expect(String(decoding: header[512..<531], as: UTF8.self) == "19 size=8589934592\n")
        #expect(String(decoding: header[1148..<1159], as: UTF8.self) == "00000000000")
        // The length of a record counts its own digits: 9 + 87 + 1 is 97, 98 would be too long with three.
        for count in [101, 110, 985, 986, 987, 988, 989, 990] {
            let name = String(repeating: "a", count: count)
            let record = Archive.header(name, mode: 0, .directory)[512...].prefix { $0 != 10 }
            let length = String(decoding: record.prefix { $0 != 32 }, as: UTF8.self)
            #expect(Int(length) == record.count + 1)
        }
    }

    @Test("an archive of small files is read by tar")
    func small() throws {
        let scratch = try ScratchContext()
        try Files.replace(
            "\(scratch.path)/a.tar", with: Archive.of([("Containerfile", Array("FROM x\n".utf8)), ("d/e", [])]))
        #expect(try Self.run("tar", ["-tf", "\(scratch.path)/a.tar"]) == "Containerfile\nd/e\n")
        #expect(try Self.run("tar", ["-xOf", "\(scratch.path)/a.tar", "Containerfile"]) == "FROM x\n")
    }
}
