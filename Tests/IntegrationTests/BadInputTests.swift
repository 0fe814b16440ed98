import Foundation
import Glibc
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct BadInputTests {
        /// A command that must fail with exactly this, and leave nothing behind.
        private func refuse(
            _ world: World, _ arguments: [String], in directory: String? = nil, code: Int32, _ errors: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let outcome = try world.task(arguments, in: directory)
            #expect(outcome.code == code, "\(outcome.errors)", sourceLocation: sourceLocation)
            #expect(outcome.output == "", sourceLocation: sourceLocation)
            #expect(outcome.errors == "task: \(errors)\n", sourceLocation: sourceLocation)
            #expect(try world.leftovers() == [], sourceLocation: sourceLocation)
        }

        private func run(_ world: World, _ options: String...) -> [String] {
            ["run", "--isolated", "-d", "--name", world.name("bad")] + options + ["--", "true"]
        }

        @Test("places without a usable repository", arguments: TestEngine.all)
        func repositories(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let plain = "\(world.root)/plain"
                try Files.makeDirectory(plain, mode: 0o755)
                try refuse(
                    world, run(world), in: plain, code: 125, "'\(plain)' is not in a git repository\n  next: git init")
                let empty = "\(world.root)/empty"
                try world.git("init", "-q", empty)
                try refuse(
                    world, run(world), in: empty, code: 125,
                    "the repository '\(empty)' has no commit yet\n  next: git commit --allow-empty -m 'start'")
                let bare = "\(world.root)/bare.git"
                try world.git("clone", "-q", "--bare", world.project, bare)
                try refuse(
                    world, run(world), in: bare, code: 125,
                    "'\(bare)' is a bare repository\n  next: git clone '\(bare)' and start there")
                let inside = "\(world.project)/.git/refs"
                try refuse(
                    world, run(world), in: inside, code: 125,
                    "'\(inside)' is inside a git directory\n  next: cd to the working tree")
            }
        }

        @Test("names that are malformed or taken", arguments: TestEngine.all)
        func names(engine: TestEngine) throws {
            try inWorld(engine) { world in
                for name in [
                    "", "Upper", "-x", "a/b", "a.b", "a b", "..", String(repeating: "a", count: 41), "ä", "a\n",
                ] {
                    let shown = name == "a\n" ? "a\\u{A}" : name
                    try refuse(
                        world, ["run", "--isolated", "-d", "--name=\(name)", "--", "true"], code: 2,
                        "'\(shown)' is no task name: a to z, 0 to 9 and '-', at most 40\n  next: task run --name fix-login …"
                    )
                }
                let name = world.name("taken")
                try world.git("branch", "task/\(name)/deep")
                let below = try world.agent(name, "true")
                #expect(below.code == 125)
                #expect(
                    below.errors
                        == "task: the branch 'task/\(name)' cannot exist beside 'task/\(name)/deep'\n  next: git branch -m task/\(name)/deep <another name>\n"
                )
                try world.git("branch", "-D", "task/\(name)/deep")
                try world.start(name, "exec sleep 1000")
                let again = try world.agent(name, "true")
                #expect(again.code == 125)
                #expect(
                    again.errors
                        == "task: the name '\(name)' is taken by another task\n  next: task list, or run with another --name\n"
                )
            }
        }

        @Test("unknown engines, images and commits", arguments: TestEngine.all)
        func unknown(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = try world.task(run(world, "--engine", "kubernetes"))
                #expect(name.code == 2)
                #expect(name.errors.contains("kubernetes"))
                #expect(name.errors.contains("docker") && name.errors.contains("podman"))

                let image = try world.task(run(world, "--image", "localhost/\(world.prefix)-nothing:none"))
                #expect(image.code == 125)
                #expect(
                    image.errors.hasPrefix(
                        "task: the image 'localhost/\(world.prefix)-nothing:none' is not on \(engine) and cannot be fetched: "
                    ))
                #expect(image.errors.hasSuffix("\n  next: \(engine) images\n"))

                for reference in ["nothing", "main..main", "-x", "^main", "HEAD:readme.txt", "main@{99 years ago", ""] {
                    try refuse(
                        world, run(world, "--base=\(reference)"), code: 125,
                        "'\(reference)' is not a commit in '\(world.project)'\n  next: git branch --list")
                }
                #expect(try world.leftovers() == [])
            }
        }

        @Test("command lines that say nothing sensible", arguments: TestEngine.all)
        func usage(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("usage")
                for arguments in [
                    ["run"], ["run", "--isolated", "--name", name], ["run", "--isolated", "--name", name, "--"],
                    ["run", "-d", "--wait", "--name", name, "--", "true"],
                    ["run", "--memory", "10m", "--name", name, "--", "true"],
                    ["run", "--memory", "lots", "--name", name, "--", "true"],
                    ["run", "--cpus", "0", "--name", name, "--", "true"],
                    ["run", "--pids", "1", "--name", name, "--", "true"],
                    ["run", "--timeout", "soon", "--name", name, "--", "true"],
                    ["run", "--env", "1X=y", "--name", name, "--", "true"],
                    ["run", "--nonsense", "--name", name, "--", "true"], ["nonsense"], ["stop"],
                    ["stop", "-t", "-1s", name], ["send", name],
                ] {
                    let outcome = try world.task(arguments)
                    #expect(outcome.code == 2, "\(arguments): \(outcome.errors)")
                    #expect(outcome.errors.hasPrefix("task: "), "\(arguments): \(outcome.errors)")
                    #expect(outcome.output == "", "\(arguments)")
                }
                #expect(try world.leftovers() == [])
            }
        }

        @Test("a variable that is to be passed on and is not set", arguments: TestEngine.all)
        func variable(engine: TestEngine) throws {
            try inWorld(engine) { world in
                try refuse(
                    world, run(world, "--env", "NOT_SET_HERE"), code: 125,
                    "the variable 'NOT_SET_HERE' is to be passed on and is not set\n  next: export NOT_SET_HERE=… and try again"
                )
            }
        }

        @Test("a project where engines cannot mount", arguments: TestEngine.all)
        func unmountable(engine: TestEngine) throws {
            for folder in ["/with,comma", "/with:colon", #"/with"quote"#, #"/with\backslash"#] {
                try inWorld(engine, folder: folder) { world in
                    try refuse(
                        world, run(world), code: 125,
                        "the project '\(world.project)' cannot be mounted: engines cannot mount a path with a comma, colon, quote, backslash or control character"
                    )
                }
            }
        }

        @Test("projects at unusual but mountable places", arguments: TestEngine.all)
        func mountable(engine: TestEngine) throws {
            for folder in ["/with space", "/wïth ümlaut 漢字", "/it's $HOME `x` %s #{x}", "/a=b;c&d", "/-dash"] {
                try inWorld(engine, folder: folder) { world in
                    let name = world.name("place")
                    try world.write("sub/dir/file", "x\n")
                    try world.commit("more")
                    let outcome = try world.task(
                        "run", "--isolated", "--wait", "--name", name, "--", "sh", "-c",
                        "pwd; echo more >> file; git commit -qam more", in: "\(world.project)/sub/dir")
                    #expect(outcome.code == 0, "\(outcome.errors)")
                    #expect(outcome.output == "\(world.project)/sub/dir\n")
                    #expect(try world.git("show", "task/\(name):sub/dir/file") == "x\nmore")
                }
            }
        }

        @Test("a project below /root works", arguments: TestEngine.all)
        func belowRoot(engine: TestEngine) throws {
            try #require(getuid() == 0, "this test makes a project below /root")
            try inWorld(engine) { world in
                let project = "/root/\(world.prefix)/project"
                defer { try? FileTree.remove("/root/\(world.prefix)") }
                try world.git("clone", "-q", world.project, project, in: "/")
                let name = world.name("root")
                let outcome = try world.task(
                    "run", "--isolated", "--wait", "--name", name, "--", "sh", "-c",
                    "pwd; echo more >> readme.txt; git -c user.name=A -c user.email=a@example.invalid commit -qam more",
                    in: project)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output == "\(project)\n")
                #expect(try world.git("show", "task/\(name):readme.txt", in: project) == "first line\nmore")
                #expect(try world.task("rm", name).code == 0)
            }
        }

        @Test("an agent that is not there is 127, and the log says so", arguments: TestEngine.all)
        func agentNotFound(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("missing")
                let outcome = try world.task("run", "--isolated", "--wait", "--name", name, "--", "no-such-agent", "x")
                #expect(outcome.code == 127)
                #expect(outcome.output.contains("no-such-agent"))
                let logs = try world.task("logs", name).output
                #expect(logs.contains("no-such-agent"))
                #expect(logs.lowercased().contains("no such file") || logs.contains("not found"), "\(logs)")
                #expect(try world.record(name).currentState.ending == .exited(code: 127))
            }
        }
    }
}
