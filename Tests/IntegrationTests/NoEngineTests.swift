import Foundation
import Glibc
import System
import Testing

extension IntegrationTests {
    /// What a user reads who has no engine, or may not use it: the real program on a machine that is bare but for what a
    /// case puts there, word for word.
    @Suite struct NoEngineTests {
        @Test("missing, stopped, forbidden and misnamed engines", arguments: TestEngine.all.prefix(1))
        func transcripts(engine: TestEngine) throws {
            try inBareWorld(engine) { world in
                try expect(world, "missing")

                // A daemon that was killed leaves its socket.
                _ = try UnixSocket.listen(at: world.socket, mode: 0o660)
                try #require(chown(world.socket, 0, BareWorld.dockerGroup) == 0)
                world.isMember = true
                try expect(world, "stopped")
                world.isMember = false

                let listener = try UnixSocket.listen(at: world.socket, mode: 0o660)
                try #require(chown(world.socket, 0, BareWorld.dockerGroup) == 0)
                try expect(world, "forbidden")
                try world.write(group: "docker:x:\(BareWorld.dockerGroup):bob,alice")
                try expect(world, "forbidden-until-login")
                try world.write(group: "docker:x:\(BareWorld.dockerGroup):bob")
                withExtendedLifetime(listener) {}
                try Files.remove(world.socket)

                try expect(world, "variable-nowhere", ["DOCKER_HOST": "unix:///srv/docker.sock"])
                try expect(world, "variable-far", ["DOCKER_HOST": "tcp://10.0.0.7:2375"])
                try expect(world, "context-nowhere", ["DOCKER_CONTEXT": "desk"])
                try expect(world, "context-gone", ["DOCKER_CONTEXT": "gone"])
            }
        }

        @Test("a machine without libcurl is told so, and what needs none works", arguments: TestEngine.all.prefix(1))
        func noLibrary(engine: TestEngine) throws {
            try inWorld(engine) { world in
                #expect(try world.task("image", "list").code == 0)
                let script = """
                    for file in /lib/*/libcurl.so.4 /lib*/libcurl.so.4; do
                        if [ -e "$file" ]; then mount --bind /dev/null "$file"; fi
                    done
                    exec "$@"
                    """
                world.launcher = ["unshare", "--mount", "sh", "-c", script, "sh"]
                defer { world.launcher = [] }
                let outcome = try world.task("run", "--isolated", "--", "true")
                #expect(outcome.code == 125)
                #expect(
                    outcome.errors.hasPrefix("task: no engine can be asked: libcurl cannot be used: "),
                    "\(outcome.errors)")
                #expect(outcome.errors.contains("\n  next: install libcurl"), "\(outcome.errors)")
                #expect(try world.task("list").code == 0)
                #expect(try world.task("policy", "list").code == 0)
                #expect(try world.leftovers() == [])
            }
        }

        @Test("the same on a terminal, and what task doctor makes of it", arguments: TestEngine.all.prefix(1))
        func terminal(engine: TestEngine) throws {
            try inBareWorld(engine) { world in
                let inner = world.world
                inner.launcher = try world.launcher([:])
                let screen = try Screen(inner, ["image", "list"], columns: 80, rows: 24)
                #expect(try screen.waitForExit() == 125)
                let text = try screen.text
                #expect(text.contains("task: no docker or podman engine answers\n"), "\(text)")
                #expect(text.contains("\n    sudo apt-get install docker.io\n"), "\(text)")
                #expect(text.contains("\n  next: task doctor\n"), "\(text)")

                let doctor = try world.run(["doctor", "--json"])
                #expect(doctor.code == 1, "\(doctor.errors)")
                let lines = doctor.output.split(separator: "\n").map(String.init)
                let engineLine = try #require(lines.first)
                #expect(
                    engineLine
                        == #"{"check":"engine","finding":"docker: not installed (no program, no socket); podman: not installed (no program, no socket)","mend":"sudo apt-get install docker.io && sudo usermod -aG docker alice","status":"failure"}"#
                )
                #expect(lines.filter { $0.contains("\"failure\"") } == [engineLine], "\(doctor.output)")
                #expect(lines.contains { $0.hasPrefix(#"{"assurance":"none""#) }, "\(doctor.output)")
                let page = try world.run(["doctor"])
                #expect(page.code == 1)
                #expect(page.output.hasSuffix("\nTasks cannot run: 1 failure, 0 warnings.\n"), "\(page.output)")
                #expect(page.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(page.output)")
            }
        }

        private func expect(_ world: BareWorld, _ name: String, _ variables: [String: String] = [:]) throws {
            var text = "$ \(variables.map { "\($0.key)=\($0.value) " }.joined())task run --isolated -- true\n"
            let outcome = try world.run(["run", "--isolated", "--", "true"], variables)
            #expect(outcome.output == "")
            text += outcome.errors + "(exit code \(outcome.code))\n"
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "Golden/no-engine-\(name).txt")
            if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try Data(text.utf8).write(to: file) }
            let golden = (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) }
            #expect(text == golden, "\(name)")
            #expect(try world.world.leftovers() == [])
        }
    }
}

/// A machine without an engine: a mount namespace whose /run is empty, where the engines' programs are not to be found,
/// that is a Debian with systemd and sudo, and whose user is alice.
private final class BareWorld {
    static let alice: UInt32 = 54321
    static let dockerGroup: UInt32 = 998
    let world: World
    /// Where a case puts what is then /run/docker.sock.
    let socket: String
    /// Whether the user's session is in the group that the socket is for.
    var isMember = false
    private let files: String

    init(_ engine: TestEngine) throws {
        world = try World(engine)
        files = "\(world.root)/bare"
        socket = "\(files)/engine.sock"
        try Files.makeDirectory("\(files)/bin", mode: 0o755)
        for (name, text) in [
            ("os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"),
            ("passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:\(Self.alice):\(Self.alice)::/home/alice:/bin/sh\n"),
            ("bin/sudo", "#!/bin/sh\nexit 1\n"),
            ("context", #"{"Name":"desk","Endpoints":{"docker":{"Host":"unix:///srv/desk.sock"}}}"#),
        ] {
            try Files.replace("\(files)/\(name)", with: Array(text.utf8), mode: 0o755)
        }
        try write(group: "docker:x:\(Self.dockerGroup):bob")
        _ = try world.installedProgram()
        try world.giveTo(user: Self.alice)
        world.environment["TASK_ENGINE"] = nil
        world.environment["HOME"] = "/home/alice"
        world.environment["DOCKER_CONFIG"] = "/run/docker-config"
        for name in ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "XDG_RUNTIME_DIR"] {
            world.environment[name] = nil
        }
    }

    func write(group line: String) throws {
        let text = "root:x:0:\nalice:x:\(Self.alice):\n\(line)\n"
        try Files.replace("\(files)/group", with: Array(text.utf8), mode: 0o644)
    }

    /// What a program is started by, to be on that machine.
    func launcher(_ variables: [String: String]) throws -> [String] {
        let script = #"""
            set -e
            files=$1 user=$2 groups=$3 program=$4 path=$PATH
            shift 5
            mount -t tmpfs -o mode=755 tmpfs /run
            mkdir -p /run/systemd/system /run/docker-config/contexts/meta/1
            cp "$files/context" /run/docker-config/contexts/meta/1/meta.json
            for name in dockerd docker podman; do
                for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
                    if [ -e "$folder/$name" ]; then mount --bind /dev/null "$folder/$name"; fi
                done
            done
            for name in os-release passwd group; do mount --bind "$files/$name" "/etc/$name"; done
            if [ -S "$files/engine.sock" ]; then
                touch /run/docker.sock
                mount --bind "$files/engine.sock" /run/docker.sock
            fi
            PATH="$files/bin:$path" exec setpriv --reuid="$user" --regid="$user" --groups="$groups" -- "$program" "$@"
            """#
        return ["env"] + variables.map { "\($0.key)=\($0.value)" } + ["unshare", "--mount", "sh", "-c", script, "sh"]
            + [files, "\(Self.alice)", "\(isMember ? Self.dockerGroup : Self.alice)", try world.installedProgram()]
    }

    func run(_ arguments: [String], _ variables: [String: String] = [:]) throws -> World.Outcome {
        world.launcher = try launcher(variables)
        defer { world.launcher = [] }
        return try world.task(arguments)
    }
}

/// Runs a test on a bare machine.
private func inBareWorld(_ engine: TestEngine, _ body: (BareWorld) throws -> Void) throws {
    try #require(getuid() == 0, "this test makes a mount namespace and acts as another user")
    let bare = try BareWorld(engine)
    do {
        try body(bare)
    } catch {
        bare.world.launcher = []
        try? bare.world.tearDown()
        throw error
    }
    bare.world.launcher = []
    try bare.world.tearDown()
}
