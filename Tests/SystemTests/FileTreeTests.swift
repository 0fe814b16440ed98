import Glibc
import System
import Testing

@Suite("File trees") struct FileTreeTests {
    /// Makes directories below each other and returns the deepest; paths would be too long for that.
    private static func nest(_ path: String, levels: Int, mode: mode_t = 0o700) throws {
        var directory = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<levels {
            try #require(mkdirat(directory.number, "d", 0o700) == 0)
            let next = Descriptor(owning: openat(directory.number, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
            try #require(next.number != -1)
            try #require(fchmod(directory.number, mode) == 0)
            directory = next
        }
    }

    private static func make(_ path: String) throws { try Files.makeDirectory(path) }

    @Test("a tree of files, directories and links goes, and what the links lead to stays")
    func remove() throws {
        let scratch = try Scratch()
        try Self.make(scratch.file("tree/a/b"))
        try Self.make(scratch.file("outside"))
        try scratch.write("outside/file", "kept")
        try scratch.write("tree/a/file", "")
        for (target, name) in [
            ("../outside", "tree/directory"), ("../../outside/file", "tree/a/file-link"), ("/", "tree/root"),
        ] {
            try #require(symlink(target, scratch.file(name)) == 0)
        }
        try #require(mkfifo(scratch.file("tree/pipe"), 0o600) == 0)
        try FileTree.remove(scratch.file("tree"))
        #expect(try Files.list(scratch.path) == ["outside"])
        #expect(try scratch.text("outside/file") == "kept")
    }

    @Test("nothing there is fine, a link to a directory is not followed")
    func notADirectory() throws {
        let scratch = try Scratch()
        try FileTree.remove(scratch.file("none"))
        try Self.make(scratch.file("outside/inner"))
        try #require(symlink("outside", scratch.file("link")) == 0)
        #expect(throws: SystemError.self) { try FileTree.remove(scratch.file("link")) }
        #expect(Files.exists(scratch.file("outside/inner")))
    }

    @Test("directories without any permission go too")
    func modes() throws {
        let scratch = try Scratch()
        try asOrdinaryUser {
            try Self.make(scratch.file("tree/a/b/c"))
            try Files.replace(scratch.file("tree/a/b/file"), with: [1], mode: 0)
            for path in ["tree/a/b", "tree/a", "tree"] { try #require(chmod(scratch.file(path), 0) == 0) }
            try FileTree.remove(scratch.file("tree"))
        }
        #expect(try Files.list(scratch.path).isEmpty)
    }

    @Test("3,000 levels", arguments: [0o700, 0o500, 0] as [mode_t])
    func deep(mode: mode_t) throws {
        let scratch = try Scratch()
        try asOrdinaryUser {
            try Self.make(scratch.file("tree"))
            try Self.nest(scratch.file("tree"), levels: 3000, mode: mode)
            try FileTree.remove(scratch.file("tree"))
        }
        #expect(try Files.list(scratch.path).isEmpty)
    }

    @Test("no name is in the way of moving deep directories up")
    func reservedNames() throws {
        let scratch = try Scratch()
        try Self.make(scratch.file("tree/.task-removing-0/full"))
        try scratch.write("tree/.task-removing-1", "")
        try Self.nest(scratch.file("tree"), levels: 600)
        try FileTree.remove(scratch.file("tree"))
        #expect(try Files.list(scratch.path).isEmpty)
    }

    @Test(
        "names of any bytes",
        arguments: [
            Array("-rf".utf8), Array("a\nb".utf8), Array(" ".utf8), Array("...".utf8), Array("e\u{301}".utf8),
            [0xff, 0xfe], [0xc3, 0x28], [0xed, 0xa0, 0x80], [UInt8](repeating: 0x61, count: 255),
            [UInt8](repeating: 0xff, count: 255),
        ] as [[UInt8]])
    func names(name: [UInt8]) throws {
        let scratch = try Scratch()
        try Self.make(scratch.file("tree"))
        let tree = try Descriptor.open(scratch.file("tree"), O_RDONLY | O_DIRECTORY)
        let bytes = name.map { CChar(bitPattern: $0) } + [0]
        try #require(mkdirat(tree.number, bytes, 0o700) == 0)
        let inner = Descriptor(owning: openat(tree.number, bytes, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        let file = Descriptor(owning: openat(inner.number, bytes, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        try #require(file.number != -1)
        if getuid() == 0 { try FileTree.changeOwner(scratch.file("tree"), user: 12, group: 34) }
        try FileTree.remove(scratch.file("tree"))
        #expect(try Files.list(scratch.path).isEmpty)
    }

    @Test("a new owner changes no mode and follows no link", .enabled(if: getuid() == 0))
    func changeOwner() throws {
        let scratch = try Scratch()
        try Self.make(scratch.file("tree/a"))
        try scratch.write("outside", "")
        try scratch.write("tree/a/file", "")
        try #require(symlink("../outside", scratch.file("tree/link")) == 0)
        try #require(chmod(scratch.file("tree/a/file"), 0o751) == 0 && chmod(scratch.file("tree/a"), 0o510) == 0)
        try FileTree.changeOwner(scratch.file("tree"), user: 1234, group: 2345)
        for (name, mode) in [("tree", 0o700), ("tree/a", 0o510), ("tree/a/file", 0o751)] as [(String, mode_t)] {
            let status = try status(scratch.file(name))
            #expect(status.st_uid == 1234 && status.st_gid == 2345, "\(name)")
            #expect(status.st_mode & 0o7777 == mode, "\(name)")
        }
        #expect(try status(scratch.file("tree/link")).st_uid == 1234)
        #expect(try status(scratch.file("outside")).st_uid == 0)
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status
    }
}
