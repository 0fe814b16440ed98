import Glibc
import ImageLibrary
import System
import TaskModel
import Testing

@Suite("Build contexts") struct ContextTests {
    @Test("files, directories and links are listed with their modes, in one order whatever the disk's")
    func listing() throws {
        let scratch = try ScratchContext()
        try scratch.write("a/b", "x", mode: 0o750)
        try scratch.write("a.txt", "abc")
        try scratch.write("a-b/c")
        try scratch.write("ä/ö", "")
        try scratch.write("set", "", mode: 0o4755)
        try scratch.link("link", to: "a/b")
        try scratch.link("to-directory", to: "a")
        let context = try scratch.read()
        #expect(
            context.entries.map(\.path) == [
                "Containerfile", "a", "a/b", "a-b", "a-b/c", "a.txt", "link", "set", "to-directory", "ä", "ä/ö",
            ])
        func entry(_ path: String) -> BuildContext.Entry? { context.entries.first { $0.path == path } }
        #expect(entry("a") == .init(path: "a", mode: 0o755, kind: .directory))
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(entry("a.txt") == .init(path: "a.txt", mode: 0o644, kind: .file(size: 3, digest: digest)))
        #expect(entry("a/b")?.mode == 0o750)
        #expect(entry("set")?.mode == 0o4755)
        #expect(entry("link")?.kind == .link(to: "a/b"))
        #expect(context.size == 17)
        #expect(context.containerfile == Array("FROM scratch\n".utf8))
        #expect(context.ignoreFile == nil)
        #expect(context.containerfileName == "Containerfile")
    }

    @Test("an exception brings its directory along, and nothing else of it")
    func exceptions() throws {
        let scratch = try ScratchContext()
        try scratch.write(".dockerignore", "docs\n!docs/deep/README.md\n.dockerignore\n")
        for name in ["docs/deep/README.md", "docs/deep/other", "docs/other/x", "docs/z", "src/main.c"] {
            try scratch.write(name)
        }
        #expect(try scratch.paths() == ["docs", "docs/deep", "docs/deep/README.md", "src", "src/main.c"])
    }

    @Test("of several ignore files the first counts")
    func precedence() throws {
        let scratch = try ScratchContext()
        for name in ["one", "two", "three", "four"] { try scratch.write(name) }
        let files = [
            (".dockerignore", "four"), (".containerignore", "three"), ("Containerfile.dockerignore", "two"),
            ("Containerfile.containerignore", "one"),
        ]
        for (file, name) in files {
            try scratch.write(file, "\(name)\n*ignore\n")
            #expect(try scratch.read().ignoreFile == scratch.file(file))
            #expect(try !scratch.paths().contains(name))
            #expect(try scratch.paths().count == 3)
        }
    }

    @Test("what is ignored is not even opened, and may have any name")
    func ignoredThings() throws {
        let scratch = try ScratchContext()
        try scratch.write(".dockerignore", "secret\npipe\n*.bin\n.dockerignore\n")
        try scratch.write("secret/inner")
        try #require(chmod(scratch.file("secret"), 0) == 0)
        try #require(mkfifo(scratch.file("pipe"), 0o600) == 0)
        let name: [CChar] = Array("\(scratch.context)/".utf8CString.dropLast()) + [-1] + Array(".bin".utf8CString)
        close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        #expect(try scratch.paths() == [])
        try #require(chmod(scratch.file("secret"), 0o700) == 0)
    }

    @Test("what no image can hold is named, and what to do")
    func special() throws {
        let scratch = try ScratchContext()
        try scratch.write("dir/x")
        try #require(mkfifo(scratch.file("dir/pipe"), 0o600) == 0)
        var error = #expect(throws: TaskError.self) { try scratch.read() }
        #expect(error?.message.contains("'\(scratch.file("dir/pipe"))' is a socket, a pipe or a device") == true)
        #expect(error?.next?.contains(".dockerignore") == true)
        unlink(scratch.file("dir/pipe"))
        let name: [CChar] = Array("\(scratch.context)/".utf8CString.dropLast()) + [-1, 0x1b, 0]
        close(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        error = #expect(throws: TaskError.self) { try scratch.read() }
        #expect(error?.message.contains("\\xff\\u{1B}' has a name that is not UTF-8") == true)
    }

    @Test("a context that is missing, a file or a link is refused")
    func badContext() throws {
        let scratch = try ScratchContext()
        func message(_ context: String) -> String? {
            let source = BuildSource(context: context, containerfile: scratch.file("Containerfile"))
            return #expect(throws: TaskError.self) { try BuildContext(of: source, memory: nil) }?.message
        }
        #expect(message("\(scratch.path)/none") == "the build context '\(scratch.path)/none' does not exist")
        #expect(message(scratch.file("Containerfile"))?.contains("not a directory") == true)
        try #require(symlink("/etc", "\(scratch.path)/link") == 0)
        #expect(message("\(scratch.path)/link")?.contains("is a symbolic link to '/etc'") == true)
    }

    @Test("a Containerfile that is missing, no file, too large or leads away is refused")
    func badContainerfile() throws {
        let scratch = try ScratchContext()
        func message(_ name: String) -> String? {
            #expect(throws: TaskError.self) {
                try BuildContext(of: scratch.source(scratch.file(name)), memory: nil)
            }?.message
        }
        #expect(message("None") == "'\(scratch.file("None"))' does not exist")
        try scratch.write("dir/Containerfile")
        #expect(message("dir")?.contains("cannot be read") == true)
        try scratch.link("Away", to: "/etc/passwd")
        #expect(message("Away")?.contains("leads out of") == true)
        try scratch.link("etc", to: "/etc")
        #expect(message("etc/passwd")?.contains("leads out of") == true)
        try scratch.write("Large", [UInt8](repeating: 35, count: 1 << 20 + 1))
        #expect(message("Large")?.contains("larger than 1 MiB") == true)
        try #require(mkfifo("\(scratch.path)/pipe", 0o600) == 0)
        let pipe = BuildSource(context: scratch.context, containerfile: "\(scratch.path)/pipe")
        let error = #expect(throws: TaskError.self) { try BuildContext(of: pipe, memory: nil) }
        #expect(error?.message.contains("not a plain file") == true)
        try #require(symlink("/etc/passwd", "\(scratch.path)/beside") == 0)
        let beside = BuildSource(context: scratch.context, containerfile: "\(scratch.path)/beside")
        #expect(throws: TaskError.self) { try BuildContext(of: beside, memory: nil) }
    }

    @Test("a Containerfile may be a link within the context, or lie beside it")
    func otherContainerfile() throws {
        let scratch = try ScratchContext()
        try scratch.write("real", "FROM real\n")
        try scratch.link("Link", to: "real")
        var context = try BuildContext(of: scratch.source(scratch.file("Link")), memory: nil)
        #expect(context.containerfile == Array("FROM real\n".utf8))
        #expect(context.containerfileName == ".task-containerfile")
        try scratch.write("../Outside", "FROM outside\n")
        try scratch.write(".task-containerfile", "taken")
        context = try BuildContext(of: scratch.source("\(scratch.path)/Outside"), memory: nil)
        #expect(context.containerfile == Array("FROM outside\n".utf8))
        #expect(context.containerfileName == ".task-containerfile-2")
        #expect(!context.entries.contains { $0.path == "Outside" })
    }

    @Test("the largest files come first, links that lead out are told")
    func remarks() throws {
        let scratch = try ScratchContext()
        for number in 1...12 { try scratch.write("f\(number)", String(repeating: "x", count: 100 * number)) }
        for (name, target) in [
            ("absolute", "/etc/passwd"), ("up", "../x"), ("d/up", "../../x"), ("d/in", "../f1"),
            ("d/round", "../d/../f1"),
            ("d/late", "a/../../../x"), ("dots", "./f1"),
        ] { try scratch.link(name, to: target) }
        let context = try scratch.read()
        #expect(context.largest.map(\.path) == (3...12).reversed().map { "f\($0)" })
        #expect(context.linksOut.map(\.path) == ["absolute", "d/late", "d/up", "up"])
    }

    @Test("20,000 files, and directories nested to the limit and beyond")
    func many() throws {
        let scratch = try ScratchContext()
        for number in 0..<20_000 {
            if number % 100 == 0 { try Files.makeDirectory(scratch.file("d\(number / 100)")) }
            close(open(scratch.file("d\(number / 100)/f\(number)"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
        }
        let memory = "\(scratch.path)/memory"
        let first = try scratch.read(memory: memory)
        #expect(first.entries.count == 20_201)
        #expect(try scratch.read(memory: memory).entries == first.entries)
        try scratch.write((0..<255).map { _ in "d" }.joined(separator: "/") + "/f")
        #expect(try scratch.read().entries.count == 20_201 + 256)
        try scratch.write((0..<256).map { _ in "e" }.joined(separator: "/") + "/e/f")
        let error = #expect(throws: TaskError.self) { try scratch.read() }
        #expect(error?.message.hasSuffix("is nested deeper than 256 directories") == true)
    }
}
