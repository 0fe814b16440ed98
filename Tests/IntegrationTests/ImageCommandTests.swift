import Foundation
import Glibc
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct ImageCommandTests {
        @Test(
            "an image is built once, listed, explained, and built again when a file changes", arguments: TestEngine.all)
        func life(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("first")
                let first = try world.buildImage()
                #expect(try world.content(of: "/hello", in: first) == "first")
                let again = try world.task("image", "build")
                #expect(again.output == "\(first)\n")
                #expect(again.errors.contains("up to date"))
                #expect(!again.errors.contains("building"))

                let shown = try world.task("image", "show", "project")
                #expect(shown.output.contains(first) && shown.output.contains("\(world.project)/.task/image"))
                #expect(try world.task("image", "list", "-q").output.contains("\(first)\n"))
                #expect(try !world.task("image", "why").output.contains("would be built"))

                // Images are told apart by the second in which they were made.
                sleep(2)
                try world.write(".task/image/hello", "second")
                let why = try world.task("image", "why")
                #expect(why.output.contains("project: would be built") && why.output.contains("hello"), "\(why.output)")
                let second = try world.buildImage()
                #expect(second != first)
                #expect(try world.content(of: "/hello", in: second) == "second")
                // What was superseded is only listed on request.
                #expect(try !world.task("image", "list", "-q").output.contains(first))
                #expect(try world.task("image", "list", "-q", "--all").output.contains(first))
            }
        }

        @Test("what a task needs is neither removed nor pruned, whatever its state", arguments: TestEngine.all)
        func needed(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                let (running, ended) = (world.name("running"), world.name("ended"))
                try world.defineImage("first")
                #expect(try world.agent(ended, "cat /hello").output == "first")
                let first = try world.record(ended).currentState.image
                sleep(2)
                try world.write(".task/image/hello", "second")
                try world.start(running, "cat /hello; sleep 1000")
                sleep(2)
                try world.write(".task/image/hello", "third")
                _ = try world.buildImage()
                let before = try world.imageIDs("project")

                for arguments in [[], ["--all", "--filter", "name=project"]] {
                    #expect(try world.task(["image", "prune", "--dry-run"] + arguments).code == 0)
                }
                #expect(try world.imageIDs("project") == before, "a rehearsal removes nothing")
                #expect(try world.task("image", "prune").output == "nothing to remove\n")
                #expect(try world.imageIDs("project") == before)

                let key = try #require(first?.key)
                let refused = try world.task("image", "rm", key)
                #expect(refused.code == 1)
                #expect(refused.errors.contains("'\(ended)'"), "\(refused.errors)")
                #expect(try world.imageIDs("project") == before)

                #expect(try world.task("rm", ended).code == 0)
                let pruned = try world.task("image", "prune", "--filter", "name=project")
                #expect(pruned.output.contains("superseded"), "\(pruned.output)\(pruned.errors)")
                let after = try world.imageIDs("project")
                #expect(after.isStrictSubset(of: before))
                #expect(!after.contains(first?.id ?? ""))
                #expect(after.contains(try #require(try world.record(running).currentState.image?.id)))
                // It still can go on.
                #expect(try world.task("stop", running).code == 0)
                #expect(try world.task("resume", "-d", running).code == 0)
            }
        }

        @Test("two that want one image at once build it once", arguments: TestEngine.all)
        func concurrent(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("first", steps: "RUN sleep 4")
                let builds = [try world.begin(["image", "build"]), try world.begin(["image", "build"])]
                let outcomes = try builds.map { try $0.wait() }
                #expect(outcomes.allSatisfy { $0.code == 0 }, "\(outcomes.map(\.errors))")
                #expect(Set(outcomes.map(\.output)).count == 1)
                let lines = outcomes.flatMap { $0.errors.split(separator: "\n") }
                #expect(lines.filter { $0.hasPrefix("building project:") }.count == 1, "\(lines)")
            }
        }

        @Test(
            "the default branch's image is built from git, and the checkout is not touched", arguments: TestEngine.all)
        func prebuild(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("of main", steps: "RUN ls /sys/class/net > /links")
                try world.commit("image")
                try world.git("checkout", "-q", "-b", "topic")
                try world.write(".task/image/hello", "of topic, not committed")
                let status = try world.git("status", "--porcelain")
                let index = try Files.read("\(world.project)/.git/index")

                let built = try world.task("image", "prebuild", "--policy", "none")
                #expect(built.code == 0, "\(built.errors)")
                let references = built.output.split(separator: "\n").map(String.init)
                try #require(references.count == 2)
                #expect(try world.content(of: "/hello", in: references[0]) == "of topic, not committed")
                #expect(try world.content(of: "/hello", in: references[1]) == "of main")
                for reference in references { #expect(try world.content(of: "/links", in: reference) == "lo\n") }
                #expect(try world.git("status", "--porcelain") == status)
                #expect(try Files.read("\(world.project)/.git/index") == index)
                #expect(try Files.list("\(world.state)/task/images/branches").allSatisfy { $0.hasSuffix(".lock") })

                // A task of the default branch finds its image, and nothing is built a second time.
                let again = try world.task("image", "prebuild", "--all")
                #expect(again.output == built.output, "\(again.errors)")
                #expect(!again.errors.contains("building"))
            }
        }

        @Test(
            "a project that is gone is named and passed over; watching ends with an interrupt",
            arguments: TestEngine.all)
        func watch(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("first")
                let gone = "\(world.root)/gone"
                try world.git("clone", "-q", world.project, gone, in: world.root)
                for directory in [gone, world.project] {
                    #expect(
                        try world.command(["image", "prebuild"], in: directory).runBlocking(seconds: 120).succeeded)
                }
                try FileTree.remove(gone)
                let watch = try world.begin(["image", "prebuild", "--all", "--watch", "--json"])
                try world.write(".task/image/hello", "second")
                let second = "\"built\":true,\"event\":\"prebuilt\""
                try world.wait("the image is built again") { try watch.output.contains(second) }
                watch.signal(SIGINT)
                let outcome = try watch.wait()
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.errors.contains("'\(gone)' is gone"), "\(outcome.errors)")
            }
        }

        @Test("what is exported can be imported again, as it was", arguments: TestEngine.all)
        func archives(engine: TestEngine) throws {
            try inImageWorld(engine) { world in
                try world.defineImage("carried")
                let reference = try world.buildImage()
                let archive = "\(world.root)/image.tar"
                let exported = try world.task("image", "export", reference, "-o", archive)
                #expect(exported.code == 0, "\(exported.errors)")
                let id = try engine.run("inspect", "--format", "{{.Id}}", reference).outputText
                #expect(try world.task("image", "rm", reference).code == 0)
                #expect(try !engine.run("inspect", reference).succeeded)

                let imported = try world.task("image", "import", archive)
                #expect(imported.code == 0, "\(imported.errors)")
                // What it was built on comes along.
                #expect(imported.output.split(separator: "\n").last.map(String.init) == reference, "\(imported.output)")
                let again = try world.task("image", "build")
                #expect(again.output == "\(reference)\n")
                #expect(!again.errors.contains("building"), "\(again.errors)")
                #expect(try engine.run("inspect", "--format", "{{.Id}}", reference).outputText == id)

                try Files.replace("\(world.root)/broken.tar", with: Array("no archive".utf8))
                #expect(try world.task("image", "import", "\(world.root)/broken.tar").code == 1)
                _ = try engine.run("rmi", reference)
            }
        }

        @Test(
            "a newer agent is built as one layer more, and the choice counts only if that succeeds",
            arguments: TestEngine.all)
        func update(engine: TestEngine) throws {
            try inImageWorld(engine, also: "fake") { world in
                let folder = "\(world.root)/config/task/images/fake"
                let files = [
                    "image.json": """
                    {"version": 1, "purpose": "an agent", "base": "base", "arguments": {"VERSION": "1.0"}, "agent": "fake"}
                    """,
                    "agent.json": """
                    {"version": 1, "purpose": "an agent", "command": ["/fake"], "interactive": [], "headless": [],
                     "release": {"argument": "VERSION", "package": "fake-agent"}}
                    """,
                    "Containerfile":
                        "ARG BASE\nFROM ${BASE}\nARG VERSION\nRUN test ${VERSION} != 3.0 && echo ${VERSION} > /version && ls /sys/class/net > /links\n",
                ]
                try Files.makeDirectory(folder)
                for (name, text) in files { try Files.replace("\(folder)/\(name)", with: Array(text.utf8)) }
                let index = try PackageServer(package: "fake-agent", versions: ["1.0", "1.9", "1.10"], in: world.root)
                world.environment["PIP_INDEX_URL"] = index.address

                let base = try world.imageIDs("base")
                let old = try world.buildImage("--agent", "fake")
                #expect(try world.content(of: "/version", in: old) == "1.0\n")
                let outdated = try world.task("image", "outdated")
                #expect(outdated.code == 1)
                #expect(outdated.output.contains("task image update fake"), "\(outdated.output)")

                let updated = try world.task("image", "update", "fake", "--policy", "none")
                #expect(updated.output == "fake 1.0 → 1.10\n", "\(updated.errors)")
                let new = try world.buildImage("--agent", "fake")
                #expect(try world.content(of: "/version", in: new) == "1.10\n")
                #expect(try world.content(of: "/links", in: new) == "lo\n")
                #expect(try world.content(of: "/links", in: old) != "lo\n", "without a policy it has the network")
                #expect(try world.imageIDs("base") == base, "nothing but the agent's layer is built")

                #expect(try world.task("image", "update", "fake", "3.0").code != 0)
                #expect(try world.task("image", "update", "fake", "--", "-1").code == 2)
                #expect(try world.buildImage("--agent", "fake") == new)
                #expect(try world.task("image", "update", "fake", "--default").output == "fake 1.10 → 1.0\n")
                #expect(try world.buildImage("--agent", "fake") == old)
            }
        }
    }
}

/// A package index of the tests' own, with one package.
final class PackageServer {
    let address: String
    private let child: ChildProcess

    init(package: String, versions: [String], in directory: String) throws {
        let stem = package.replacing("-", with: "_")
        let files = versions.map { #"{"filename": "\#(stem)-\#($0)-py3-none-any.whl", "url": "x", "hashes": {}}"# }
        let folder = "\(directory)/index/simple/\(package)"
        try Files.makeDirectory(folder)
        try Files.replace("\(folder)/index.html", with: Array(#"{"files": [\#(files.joined(separator: ","))]}"#.utf8))
        let program = """
            import http.server, os, socketserver, sys
            os.chdir(sys.argv[1])
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
            open("port.new", "w").write(str(server.server_port))
            os.rename("port.new", "port")
            server.serve_forever()
            """
        child = try ChildProcess(Subprocess("python3", ["-c", program, "\(directory)/index"]), ownSession: true)
        let deadline = Date().addingTimeInterval(180)
        while !Files.exists("\(directory)/index/port"), Date() < deadline { usleep(20_000) }
        let port = String(decoding: try Files.read("\(directory)/index/port"), as: UTF8.self)
        address = "http://127.0.0.1:\(port)/simple"
    }

    deinit {
        child.signal(SIGKILL, group: true)
        _ = child.wait()
    }
}
