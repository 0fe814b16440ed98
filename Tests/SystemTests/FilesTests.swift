import Glibc
import Synchronization
import System
import Testing

@Suite("Files") struct FilesTests {
    @Test("replacing makes the file, replaces it and leaves nothing else")
    func replace() throws {
        let scratch = try Scratch()
        let path = scratch.file("state.json")
        try Files.replace(path, with: Array("one".utf8))
        #expect(try scratch.text("state.json") == "one")
        try Files.replace(path, with: Array("two".utf8))
        #expect(try scratch.text("state.json") == "two")
        #expect(try Files.list(scratch.path) == ["state.json"])
        var status = stat()
        try #require(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("readers see the old content or the new, whole")
    func oldOrNew() throws {
        let scratch = try Scratch()
        let path = scratch.file("state")
        let contents = (0...1).map { [UInt8](repeating: UInt8($0), count: 200_000) }
        try Files.replace(path, with: contents[0])
        let isOver = Atomic(false)
        let mixtures = Atomic(0)
        let reads = Atomic(0)
        let reader = try WorkerThread(stack: 1 << 20) {
            while !isOver.load(ordering: .relaxed) {
                let seen = try? Files.read(path)
                if seen != contents[0], seen != contents[1] { mixtures.add(1, ordering: .relaxed) }
                reads.add(1, ordering: .relaxed)
            }
        }
        for round in 1...100 { try Files.replace(path, with: contents[round % 2]) }
        #expect(eventually { reads.load(ordering: .relaxed) > 10 })
        isOver.store(true, ordering: .relaxed)
        reader.finish()
        #expect(mixtures.load(ordering: .relaxed) == 0)
    }

    @Test("what cannot be replaced leaves no temporary file")
    func replaceFails() throws {
        let scratch = try Scratch()
        try Files.makeDirectory(scratch.file("directory/full"))
        #expect(throws: SystemError("write", scratch.file("directory"), code: EISDIR)) {
            try Files.replace(scratch.file("directory"), with: [1])
        }
        #expect(try Files.list(scratch.path) == ["directory"])
        #expect(throws: SystemError("write", scratch.file("none/file"), code: ENOENT)) {
            try Files.replace(scratch.file("none/file"), with: [1])
        }
    }

    @Test("a link in the temporary file's place is not written through")
    func temporaryLink() throws {
        let scratch = try Scratch()
        try scratch.write("victim", "untouched")
        try #require(symlink("victim", scratch.file(".state.\(getpid()).tmp")) == 0)
        try Files.replace(scratch.file("state"), with: [1])
        #expect(try scratch.text("victim") == "untouched")
        #expect(Files.isPlainFile(scratch.file("state")))
    }

    @Test("on a full disk the old content stays and the temporary file goes", .enabled(if: getuid() == 0))
    func fullDisk() throws {
        let scratch = try Scratch()
        let mounted = try Subprocess("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", scratch.path]).runBlocking()
        // A container's root may not mount.
        guard mounted.succeeded else { return }
        defer { _ = try? Subprocess("umount", [scratch.path]).runBlocking() }
        try Files.replace(scratch.file("state"), with: Array("old".utf8))
        #expect(throws: SystemError("write", scratch.file("state"), code: ENOSPC)) {
            try Files.replace(scratch.file("state"), with: [UInt8](repeating: 7, count: 100_000))
        }
        #expect(try scratch.text("state") == "old")
        #expect(try Files.list(scratch.path) == ["state"])
    }

    @Test("reading stops at the limit")
    func readLimit() throws {
        let scratch = try Scratch()
        let path = scratch.file("file")
        try Files.replace(path, with: [UInt8](repeating: 1, count: 100))
        #expect(try Files.read(path, limit: 100).count == 100)
        #expect(throws: SystemError("read", path, code: EFBIG)) { try Files.read(path, limit: 99) }
        #expect(throws: SystemError("read", "/dev/zero", code: EFBIG)) { try Files.read("/dev/zero") }
        #expect(throws: SystemError("open", scratch.file("none"), code: ENOENT)) {
            try Files.read(scratch.file("none"))
        }
    }

    @Test("directories are made with all above them, and only directories count")
    func makeDirectory() throws {
        let scratch = try Scratch()
        try Files.makeDirectory(scratch.file("a/b/c"))
        try Files.makeDirectory(scratch.file("a/b/c"))
        #expect(Files.isDirectory(scratch.file("a/b/c")))
        try scratch.write("file", "")
        #expect(throws: SystemError("make the directory", scratch.file("file"), code: EEXIST)) {
            try Files.makeDirectory(scratch.file("file"))
        }
        #expect(throws: SystemError("make the directory", scratch.file("file/x"), code: ENOTDIR)) {
            try Files.makeDirectory(scratch.file("file/x"))
        }
    }

    @Test("moving never replaces")
    func move() throws {
        let scratch = try Scratch()
        try scratch.write("a", "a")
        try scratch.write("b", "b")
        #expect(throws: SystemError("move to", scratch.file("b"), code: EEXIST)) {
            try Files.moveWithoutReplacing(scratch.file("a"), to: scratch.file("b"))
        }
        try Files.moveWithoutReplacing(scratch.file("a"), to: scratch.file("c"))
        #expect(try Files.list(scratch.path) == ["b", "c"])
    }

    @Test("what a link is and what it leads to are told apart")
    func links() throws {
        let scratch = try Scratch()
        try scratch.write("file", "12345")
        try #require(symlink("file", scratch.file("link")) == 0)
        try #require(symlink("nowhere", scratch.file("broken")) == 0)
        #expect(Files.exists(scratch.file("broken")))
        #expect(!Files.exists(scratch.file("nowhere")))
        #expect(Files.isPlainFile(scratch.file("file")) && !Files.isPlainFile(scratch.file("link")))
        #expect(Files.size(scratch.file("file")) == 5)
        #expect(try Files.resolve(scratch.file("link")) == Files.resolve(scratch.file("file")))
        try Files.remove(scratch.file("link"))
        try Files.remove(scratch.file("link"))
        #expect(try scratch.text("file") == "12345")
    }

    @Test(
        "paths are taken apart",
        arguments: [
            ("/a/b", "/a", "b"), ("/a", "/", "a"), ("a", ".", "a"), ("a/b", "a", "b"),
        ])
    func paths(path: String, parent: String, name: String) {
        #expect(Files.parent(of: path) == parent)
        #expect(Files.name(of: path) == name)
    }
}
