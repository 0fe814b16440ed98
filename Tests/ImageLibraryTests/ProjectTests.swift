import Glibc
import ImageLibrary
import System
import TaskModel
import Testing

@Suite("Projects: .task/image") struct ProjectTests {
    private func read(_ scratch: Scratch, allowed: Set<String> = []) throws -> ImageDefinition? {
        try ImageLibrary(installed: "\(repository)/images", configuration: "/nowhere", allowed: allowed)
            .definition(ofProject: scratch.path)
    }

    @Test("a project that brings nothing has no definition")
    func nothing() throws {
        #expect(try read(Scratch(["README": "", ".devcontainer/other.json": "", ".task/image/x": ""])) == nil)
    }

    @Test("a Containerfile is enough, and comes before devcontainer.json")
    func containerfile() throws {
        let scratch = try Scratch([".task/image/Containerfile": "FROM x\n", ".devcontainer.json": "["])
        let definition = try #require(try read(scratch))
        let directory = "\(scratch.path)/.task/image"
        #expect(
            definition
                == ImageDefinition(
                    name: "project", origin: .project(directory), base: .containerfile,
                    build: BuildSource(context: directory, containerfile: "\(directory)/Containerfile")))
    }

    @Test("image.json beside it says the rest, and is enough alone where nothing is built")
    func imageJSON() throws {
        let scratch = try Scratch([".task/image/image.json": #"{"version": 1, "base": "python", "caches": ["pip"]}"#])
        let alone = try #require(try read(scratch))
        #expect(alone.base == .definition("python") && alone.build == nil && alone.caches.map(\.name) == ["pip"])
        try scratch.write(".task/image/Containerfile", "ARG BASE\nFROM ${BASE}\n")
        #expect(try read(scratch)?.build?.context == "\(scratch.path)/.task/image")
    }

    @Test(
        "what is not for projects is refused",
        arguments: [
            (
                #"{"version": 1, "debian": {"registry": "x", "packages": []}}"#,
                "1:16: \"debian\" is for installed definitions"
            ),
            (#"{"version": 1, "passes": ["PIP_INDEX_URL"]}"#, "1:16: \"passes\" is refused: a project gets none"),
            (#"{"version": 1, "base": "gone"}"#, "the image definition 'project' needs 'gone', which there is not"),
            (
                #"{"version": 1, "arguments": {"MY_TOKEN": ""}}"#,
                "1:30: the build argument \"MY_TOKEN\" looks like a secret"
            ),
        ])
    func refused(json: String, expected: String) throws {
        let scratch = try Scratch([".task/image/image.json": json, ".task/image/Containerfile": "FROM x\n"])
        let error = #expect(throws: TaskError.self) { try read(scratch) }
        #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
    }

    @Test("variables are passed to a project's build where that is allowed")
    func passes() throws {
        let scratch = try Scratch([
            ".task/image/image.json": #"{"version": 1, "passes": ["P"]}"#, ".task/image/Containerfile": "FROM x\n",
        ])
        #expect(try read(scratch, allowed: ["passes"])?.build?.passes == ["P"])
        #expect(ImageLibrary.refusable.contains("passes"))
    }

    @Test(
        "nothing is read through a link that leads out of the project", arguments: ["Containerfile", "image.json", ""])
    func links(name: String) throws {
        let outside = try Scratch(["image.json": #"{"version": 1, "base": "x:y"}"#, "Containerfile": "FROM x\n"])
        let scratch = try Scratch([".task/x": ""])
        let path = "\(scratch.path)/.task/image"
        if name.isEmpty {
            #expect(symlink(outside.path, path) == 0)
        } else {
            try Files.makeDirectory(path)
            #expect(symlink("\(outside.path)/\(name)", "\(path)/\(name)") == 0)
        }
        let error = #expect(throws: TaskError.self) { try read(scratch) }
        #expect(error?.message.contains("leads out of the project, to '\(outside.path)") == true)
    }
}
