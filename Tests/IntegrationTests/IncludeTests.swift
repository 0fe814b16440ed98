import Foundation
import Glibc
import System
import Testing

extension IntegrationTests {
    @Suite struct IncludeTests {
        @Test("uncommitted changes stay out, and it is said how to take them along", arguments: TestEngine.all)
        func dirty(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try world.write("readme.txt", "first line\nunsaved\n")
                try world.write("new.txt", "new\n")
                let outcome = try world.agent(world.name("dirty"), "cat readme.txt; ls")
                #expect(outcome.code == 0)
                #expect(outcome.output == "first line\nreadme.txt\n")
                #expect(
                    outcome.errors.contains(
                        "task: 2 uncommitted changes (new.txt, readme.txt) stay out of the task; commit first, or take a file along with --include <path>\n"
                    )
                        || outcome.errors.contains(
                            "task: 2 uncommitted changes (readme.txt, new.txt) stay out of the task; commit first, or take a file along with --include <path>\n"
                        ),
                    "\(outcome.errors)")
                #expect(try world.git("status", "--porcelain") == " M readme.txt\n?? new.txt")
            }
        }

        @Test("files, directories and links come along, owned by the agent", arguments: TestEngine.all)
        func included(engine: TestEngine) throws {
            try inWorld(engine, folder: "/ünicode") { world in
                try world.write(".gitignore", ".env\nnode_modules\n")
                try world.commit("ignore")
                try world.write(".env", "SECRET=1\n")
                chmod("\(world.project)/.env", 0o600)
                try world.write("node_modules/a/index.js", "a\n")
                try world.write("node_modules/b/index.js", "b\n")
                symlink("../a/index.js", "\(world.project)/node_modules/b/link.js")
                try world.write("node_modules/b/.git/config", "[core]\n")
                let script = """
                    cat .env; cat node_modules/b/link.js; ls -A1 node_modules/b; stat -c %a .env
                    echo x >> .env; echo y >> node_modules/a/index.js; git status --porcelain
                    """
                let outcome = try world.agent(
                    world.name("include"), script, options: ["--include", ".env", "--include", "./node_modules/"])
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output == "SECRET=1\na\nindex.js\nlink.js\n600\n")
                #expect(String(decoding: try Files.read("\(world.project)/.env"), as: UTF8.self) == "SECRET=1\n")
            }
        }

        @Test("paths that are missing, or lead out of the project, are refused", arguments: TestEngine.all)
        func refused(engine: TestEngine) throws {
            try inWorld(engine) { world in
                symlink("/etc", "\(world.project)/out")
                mkfifo("\(world.project)/fifo", 0o600)
                let below = "it must be a path below the project"
                for (path, reason) in [
                    ("missing", "there is no such file"), ("missing/deep", "there is no such file"),
                    ("/etc/passwd", below), ("../project/readme.txt", below), ("a/../readme.txt", below), (".", below),
                    ("", below), ("out/passwd", "a symbolic link leads out of the project"),
                    (".git/config", "nothing in '.git' can be included"), (".git", "nothing in '.git' can be included"),
                    ("fifo", "'fifo' is no file, directory or symbolic link"),
                ] {
                    let outcome = try world.agent(world.name("refused"), "true", options: ["--include=\(path)"])
                    #expect(outcome.code == 2, "\(path): \(outcome.errors)")
                    #expect(outcome.errors.hasPrefix("task: cannot include '\(path)': \(reason)"), "\(outcome.errors)")
                }
                #expect(try world.leftovers() == [])
            }
        }
    }
}
