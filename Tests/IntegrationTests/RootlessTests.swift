import Foundation
import Glibc
import System
import TaskModel
import Testing

extension IntegrationTests {
    @Suite struct RootlessTests {
        @Test("an ordinary user's own Podman runs agents as that user", .enabled(if: RootlessEngine.isPossible))
        func rootless() throws {
            try inWorld(.podman) { world in
                let engine = try RootlessEngine(world)
                defer { engine.remove() }
                try engine.takeBaseImage()

                let unlimited = ["--memory", "unlimited", "--cpus", "unlimited", "--pids", "unlimited"]
                let limited = world.name("limited")
                let outcome = try engine.task(["run", "--isolated", "--wait", "--name", limited, "--", "true"])
                if try RootlessEngine.canLimit {
                    #expect(outcome.code == 0, "\(outcome.errors)")
                } else {
                    #expect(outcome.code == 125)
                    #expect(outcome.errors.contains("the engine did not put the limit of 4096 on processes in force"))
                    #expect(
                        outcome.errors.contains("next: use an engine that can, or accept none with --pids unlimited"))
                    #expect(try engine.containers() == "")
                    #expect(!Files.exists(world.taskDirectory(limited)))
                }

                let name = world.name("rootless")
                let script = """
                    id -u; stat -c %u . readme.txt ~ | sort -u
                    echo more >> readme.txt; git commit -qam more; echo loose > loose; touch ~/mine
                    """
                let run = try engine.task(
                    ["run", "--isolated", "--wait", "--name", name] + unlimited + ["--", "sh", "-c", script])
                #expect(run.code == 0, "\(run.errors)")
                #expect(run.output == "\(engine.user)\n\(engine.user)\n")
                #expect(try world.git("show", "task/\(name):readme.txt") == "first line\nmore")
                #expect(try engine.task(["diff", "--stat", name]).output.contains("loose"))
                #expect(try engine.foreignFiles() == "")
                #expect(try engine.task(["merge", name]).code == 0)
                #expect(
                    String(decoding: try Files.read("\(world.project)/readme.txt"), as: UTF8.self)
                        == "first line\nmore\n")
                #expect(try engine.task(["rm", name]).code == 0)
                #expect(try engine.containers() == "")
            }
        }
    }
}

/// A user made for one test, with a Podman service of their own.
final class RootlessEngine {
    let user: UInt32
    private let name: String
    private let world: World
    private let service: ChildProcess
    private var home: String { "\(world.root)/home" }

    /// Whether this machine can have one: root to make the user, the programs, and a user namespace with a range of
    /// users that Podman itself can set up. What is missing is printed.
    static let isPossible: Bool = {
        do {
            guard TestEngine.all.contains(.podman) else { return false }
            guard getuid() == 0 else { throw Missing("root, to make a user") }
            for program in ["useradd", "userdel", "setpriv", "podman", "newuidmap", "newgidmap"] {
                let found = try Subprocess("sh", ["-c", "command -v \(program)"]).runBlocking(seconds: 10)
                if !found.succeeded { throw Missing("the program \(program)") }
            }
            let probe = "taskprobe\(UInt16.random(in: 0...UInt16.max))"
            let home = "/var/tmp/\(probe)"
            _ = try make(user: probe, home: home)
            defer { unmake(user: probe, home: home) }
            let shell = "setpriv --reuid=\(probe) --regid=\(probe) --init-groups env HOME=\(home) podman unshare id -u"
            let result = try Subprocess("sh", ["-c", shell], directory: "/").runBlocking(seconds: 60)
            if result.outputText != "0\n" { throw Missing("a user namespace: \(result.errorText)") }
            return true
        } catch {
            print("rootless Podman is not tested: this machine lacks \(error)")
            return false
        }
    }()

    private struct Missing: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Limits for an ordinary user's containers need a delegated version 2 hierarchy of control groups.
    static var canLimit: Bool {
        get throws { Files.exists("/sys/fs/cgroup/user.slice/cgroup.controllers") }
    }

    private static func make(user: String, home: String) throws -> UInt32 {
        let made = try Subprocess("useradd", ["-m", "-d", home, "-s", "/bin/sh", user]).runBlocking(seconds: 20)
        try #require(made.succeeded, "useradd: \(made.errorText)")
        // vfs needs nothing of the kernel, runc gets along with every version of control groups, and limits that are the
        // user's own can be set without privileges.
        let script = #"""
            set -e; mkdir -p .config/containers; mkdir -m 700 run
            printf '[storage]\ndriver = "vfs"\n' > .config/containers/storage.conf
            { printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n'
              if command -v runc > /dev/null; then printf '[engine]\nruntime = "runc"\n'; fi
            } > .config/containers/containers.conf
            chown -R "$0:" .
            """#
        let prepared = try Subprocess("sh", ["-c", script, user], directory: home).runBlocking(seconds: 20)
        try #require(prepared.succeeded, "\(prepared.errorText)")
        return UInt32(
            try Subprocess("id", ["-u", user]).runBlocking(seconds: 10).outputText.trimmingCharacters(in: .newlines))
            ?? 0
    }

    /// Ends the user's processes (podman leaves one that holds the namespace), and removes the user with all files.
    private static func unmake(user: String, home: String) {
        for script in [
            "pkill -KILL -u \(user); for i in 1 2 3 4 5 6 7 8 9; do pgrep -u \(user) > /dev/null || break; sleep 0.2; done",
            "userdel \(user)", "rm -rf '\(home)'",
        ] {
            _ = try? Subprocess("sh", ["-c", script]).runBlocking(seconds: 60)
        }
    }

    init(_ world: World) throws {
        self.world = world
        name = world.prefix
        let home = "\(world.root)/home"
        user = try Self.make(user: name, home: home)
        let socket = "\(home)/run/podman.sock"
        world.environment["HOME"] = home
        world.environment["XDG_RUNTIME_DIR"] = "\(home)/run"
        world.environment["CONTAINER_HOST"] = "unix://\(socket)"
        try #require(chown(world.root, user, user) == 0)
        // What is known of the machine's own images says nothing of this user's.
        try FileTree.remove("\(world.state)/task/images")
        _ = try Subprocess("chown", ["-R", "\(name):", world.project, world.state]).runBlocking(seconds: 20)
        setenv("GIT_CONFIG_COUNT", "1", 1)
        setenv("GIT_CONFIG_KEY_0", "safe.directory", 1)
        setenv("GIT_CONFIG_VALUE_0", "*", 1)
        service = try ChildProcess(
            Self.asUser(name, ["podman", "system", "service", "--time=0", "unix://\(socket)"], world), ownSession: true)
        do {
            try world.wait("the user's podman answers") { Files.exists(socket) }
        } catch {
            remove()
            throw error
        }
    }

    private static func asUser(_ name: String, _ command: [String], _ world: World) -> Subprocess {
        var environment = world.environment
        environment["CONTAINERS_CONF"] = nil
        if command.first == "podman" {
            // Its settings are in the home, and it is the service, not a client of it.
            environment["XDG_CONFIG_HOME"] = nil
            environment["CONTAINER_HOST"] = nil
        }
        return Subprocess(
            "setpriv", ["--reuid=\(name)", "--regid=\(name)", "--init-groups", "--"] + command,
            environment: environment, directory: world.project)
    }

    /// Runs `task` in the project as the user.
    func task(_ arguments: [String]) throws -> World.Outcome {
        let result = try Self.asUser(name, [try world.installedProgram()] + arguments, world).runBlocking(seconds: 180)
        guard case .code(let code) = result.status else { throw CancellationError() }
        return World.Outcome(code: code, output: result.outputText, errors: result.errorText)
    }

    /// Carries the base image over from the machine's own Podman, which makes it where it has none.
    func takeBaseImage() throws {
        let own = try World(.podman)
        let probe = own.name("image")
        #expect(try own.agent(probe, "true").code == 0)
        let reference = try #require(own.record(probe).currentState.image).reference
        let archive = "\(world.root)/base.tar"
        let saved = try own.task("image", "export", reference, "-o", archive)
        try #require(saved.code == 0, "\(saved.errors)")
        try own.tearDown()
        try Files.setMode(0o644, of: archive)
        let loaded = try task(["image", "import", archive])
        try #require(loaded.code == 0, "\(loaded.errors)")
        try Files.remove(archive)
    }

    /// Containers that the user's Podman has.
    func containers() throws -> String {
        try Self.asUser(name, ["podman", "ps", "-aq"], world).runBlocking(seconds: 30).outputText
    }

    /// Files of the project and the state directory that are not the user's.
    func foreignFiles() throws -> String {
        try Subprocess("find", [world.project, world.state, "!", "-uid", "\(user)"]).runBlocking(seconds: 30).outputText
    }

    /// Removes the user with processes, storage and files.
    func remove() {
        service.signal(SIGTERM, group: true)
        _ = service.wait()
        world.environment["CONTAINER_HOST"] = nil
        Self.unmake(user: name, home: home)
    }
}
