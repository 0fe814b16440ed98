import Foundation
import Glibc
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct EngineTroubleTests {
        private func run(_ world: World, _ name: String, _ options: String...) throws -> World.Outcome {
            try world.task(["run", "--isolated", "-d", "--name", name] + options + ["--", "sleep", "1000"])
        }

        @Test("no engine: every place looked at is named, and nothing is made", arguments: TestEngine.all)
        func noEngine(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let socket = "\(world.root)/nobody.sock"
                world.environment[engine.hostVariable] = "unix://\(socket)"
                let outcome = try run(world, world.name("none"))
                #expect(outcome.code == 125)
                #expect(outcome.errors.contains("no \(engine) engine answers"))
                let said = outcome.errors.split { " \n".contains($0) }.joined(separator: " ")
                #expect(
                    said.contains(" the variable \(engine.hostVariable) names \(socket): no such socket "), "\(said)")
                #expect(outcome.errors.contains("\n    unset \(engine.hostVariable)\n"), "\(outcome.errors)")
                #expect(outcome.errors.contains("\n  next: task doctor\n"))
                #expect(try world.leftovers() == [])
            }
        }

        @Test("a socket where something else than an engine listens", arguments: TestEngine.all)
        func noEngineAtAll(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let socket = "\(world.root)/other.sock"
                let listener = try UnixSocket.listen(at: socket, mode: 0o666)
                Thread.detachNewThread {
                    while let client = try? UnixSocket.accept(listener) {
                        _ = try? client.read(atMost: 1024)
                        try? client.write(Array("220 mail.example ready\r\n".utf8))
                    }
                }
                defer { shutdown(listener.number, Int32(SHUT_RDWR)) }
                world.environment[engine.hostVariable] = "unix://\(socket)"
                let outcome = try run(world, world.name("other"))
                #expect(outcome.code == 125)
                let said = outcome.errors.split { " \n".contains($0) }.joined(separator: " ")
                #expect(said.contains(" names \(socket): not an engine: "), "\(said)")
                #expect(try world.leftovers() == [])
            }
        }

        @Test("a socket that the user may not use", arguments: TestEngine.all)
        func permissionDenied(engine: TestEngine) throws {
            try #require(getuid() == 0, "this test acts as another user")
            try inWorld(engine) { world in
                try world.giveTo(user: 54321)
                let socket = "\(world.root)/closed.sock"
                let proxy = try Proxy(at: socket, engine: engine.socket)
                defer { proxy.die() }
                chmod(socket, 0o600)
                world.environment[engine.hostVariable] = "unix://\(socket)"
                let outcome = try world.task(
                    as: 54321, "run", "--isolated", "-d", "--name", world.name("denied"), "--", "true")
                #expect(outcome.code == 125)
                let said = outcome.errors.split { " \n".contains($0) }.joined(separator: " ")
                #expect(said.contains(" the variable \(engine.hostVariable) names \(socket): "), "\(said)")
                #expect(outcome.errors.lowercased().contains("permission"), "\(outcome.errors)")
                #expect(try world.leftovers() == [])
            }
        }

        @Test("an ordinary user who may use the socket runs agents as themselves", arguments: TestEngine.all)
        func ordinaryUser(engine: TestEngine) throws {
            try #require(getuid() == 0, "this test acts as another user")
            try inWorld(engine) { world in
                try world.giveTo(user: 54321)
                let socket = "\(world.root)/open.sock"
                let proxy = try Proxy(at: socket, engine: engine.socket)
                defer { proxy.die() }
                world.environment[engine.hostVariable] = "unix://\(socket)"
                let name = world.name("user")
                let outcome = try world.task(
                    as: 54321, "run", "--isolated", "--wait", "--name", name, "--", "sh", "-c",
                    "id -u; echo more >> readme.txt; git commit -qam more; touch ~/mine; echo loose > loose")
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(outcome.output == "54321\n")
                #expect(try world.task(as: 54321, "diff", "--stat", name).output.contains("loose"))
                let owners = try Subprocess(
                    "find",
                    [world.root, "-path", "\(world.root)/installed", "-prune", "-o"]
                        + ["!", "-uid", "54321", "!", "-type", "s", "-print"]
                ).runBlocking(seconds: 30).outputText
                #expect(owners == "", "files of other users: \(owners)")
                #expect(try world.task(as: 54321, "merge", name).code == 0)
                #expect(try world.task(as: 54321, "rm", name).code == 0)
                #expect(
                    String(decoding: try Files.read("\(world.project)/readme.txt"), as: UTF8.self)
                        == "first line\nmore\n")
            }
        }

        @Test("an engine that dies between two calls: an error, and the next run cleans up", arguments: TestEngine.all)
        func diesBetweenCalls(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let socket = "\(world.root)/mortal.sock"
                world.environment[engine.hostVariable] = "unix://\(socket)"
                let name = world.name("mortal")
                for limit in 1...20 {
                    let proxy = try Proxy(at: socket, engine: engine.socket, diesAt: limit)
                    let outcome = try run(world, name)
                    let died = proxy.isDead
                    proxy.die()
                    let living = try Proxy(at: socket, engine: engine.socket)
                    defer { living.die() }
                    if outcome.code == 0 {
                        // The engine was not asked so often.
                        #expect(!died && limit > 4, "it started with an engine that died at request \(limit)")
                        #expect(try world.task("rm", "--force", name).code == 0)
                        #expect(try world.leftovers() == [])
                        return
                    }
                    #expect(outcome.code == 125, "request \(limit): \(outcome.errors)")
                    #expect(
                        outcome.errors.hasPrefix("task: ") && outcome.errors.contains("next: "), "\(outcome.errors)")
                    #expect(try world.task("list", "-aq").output == "", "request \(limit)")
                    let again = try run(world, name)
                    #expect(again.code == 0, "request \(limit): \(again.errors)")
                    let removed = try world.task("rm", "--force", name)
                    #expect(removed.code == 0, "request \(limit): \(removed.errors)")
                    #expect(try world.leftovers() == [], "request \(limit)")
                }
                Issue.record("the engine was asked more than 20 times")
            }
        }

        @Test("limits that the engine leaves out in silence are noticed", arguments: TestEngine.all)
        func limits(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let socket = "\(world.root)/lax.sock"
                world.environment[engine.hostVariable] = "unix://\(socket)"
                let name = world.name("limits")
                for (option, value, wire, what) in [
                    ("--pids", "1234", "1234", "1234 on processes"),
                    ("--memory", "512m", "536870912", "536870912 on memory"),
                    ("--cpus", "1.5", "1500000000", "1500/1000 on processors"),
                ] {
                    let proxy = try Proxy(at: socket, engine: engine.socket, zeroed: wire)
                    defer { proxy.die() }
                    let outcome = try run(world, name, option, value)
                    #expect(outcome.code == 125, "\(option)")
                    #expect(
                        outcome.errors.contains("the engine did not put the limit of \(what) in force"),
                        "\(option): \(outcome.errors)")
                    #expect(
                        outcome.errors.contains("next: use an engine that can, or accept none with \(option) unlimited")
                    )
                    #expect(try world.leftovers() == [])
                }
                let proxy = try Proxy(at: socket, engine: engine.socket)
                defer { proxy.die() }
                let sound = try run(world, name, "--pids", "1234", "--memory", "512m", "--cpus", "1.5")
                #expect(sound.code == 0, "\(sound.errors)")
                #expect(try world.task("rm", "--force", name).code == 0)
            }
        }
    }
}

extension TestEngine {
    /// Where the engine listens.
    var socket: String {
        switch self {
        case .docker: "/var/run/docker.sock"
        case .podman: "/run/podman/podman.sock"
        }
    }

    /// The variable that names another socket.
    var hostVariable: String {
        switch self {
        case .docker: "DOCKER_HOST"
        case .podman: "CONTAINER_HOST"
        }
    }
}

extension World {
    /// Makes everything another user's.
    func giveTo(user: UInt32) throws {
        self.user = user
        try Files.makeDirectory("\(root)/home", mode: 0o755)
        environment["HOME"] = "\(root)/home"
        environment["XDG_RUNTIME_DIR"] = nil
        let result = try Subprocess("chown", ["-R", "\(user):\(user)", root]).runBlocking(seconds: 30)
        try #require(result.succeeded, "\(result.errorText)")
        // The test itself goes on looking into the repository.
        setenv("GIT_CONFIG_COUNT", "1", 1)
        setenv("GIT_CONFIG_KEY_0", "safe.directory", 1)
        setenv("GIT_CONFIG_VALUE_0", "*", 1)
    }

    /// Runs `task` in the project as another user.
    func task(as user: Int, _ arguments: String...) throws -> Outcome {
        let result = try Subprocess(
            "setpriv",
            ["--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--", try installedProgram()] + arguments,
            environment: environment, directory: project
        ).runBlocking(seconds: 180)
        guard case .code(let code) = result.status else {
            throw RunError.timedOut(program: "task", seconds: 0)
        }
        return Outcome(code: code, output: result.outputText, errors: result.errorText)
    }
}
