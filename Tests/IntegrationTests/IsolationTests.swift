import Foundation
import System
import Testing

@testable import TaskModel

extension IntegrationTests {
    @Suite struct IsolationTests {
        @Test(
            "the agent can do nothing that an isolated one must not, and all that it needs", arguments: TestEngine.all)
        func attempts(engine: TestEngine) throws {
            let listener = try HostListener()
            defer { listener.stop() }
            try inWorld(engine) { world in
                let name = world.name("probe")
                let addresses = (HostListener.addresses + ["127.0.0.1", "172.17.0.1"]).map { "\($0):\(listener.port)" }
                let program = ["perl", "-e", Probe.program] + addresses
                let outcome = try world.task(["run", "--isolated", "--wait", "--name", name, "--"] + program)
                try #require(outcome.code == 0, "\(outcome.errors)\(outcome.output)")
                let inside = Findings(outcome.output)

                #expect(inside.done == Probe.permitted)
                for path in ["/", "/.task/guest", "/.task/objects", "/run/task"] {
                    #expect(inside["mount:\(path)"].hasPrefix("ro"), "\(path): \(inside["mount:\(path)"])")
                }
                for path in ["/tmp", "/var/tmp", "/run"] {
                    #expect(inside["mount:\(path)"].hasPrefix("rw,nosuid,nodev"), "\(path): \(inside["mount:\(path)"])")
                }
                for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                    #expect(inside[name] == "0000000000000000", "\(name)")
                }
                #expect(inside["NoNewPrivs"] == "1")
                #expect(inside["Seccomp"] == "2")
                #expect(inside["uid"] != "0")
                #expect(!inside["groups"].split(separator: " ").contains("0"))
                #expect(inside["interfaces"] == "lo")
                #expect(inside["routes"] == "0")
                #expect(inside["devices"] == "")
                #expect(inside["sockets"] == "/run/task/control.sock /run/user/\(inside["uid"])/tmux")
                #expect(listener.accepted == 0)

                let control = try controlled(world, name, program)
                #expect(control.done.isSuperset(of: Probe.forbidden), "\(Probe.forbidden.subtracting(control.done))")
                #expect(control["CapEff"] != "0000000000000000")
                #expect(control["uid"] == "0")
                #expect(control["interfaces"] != "lo")
                #expect(control["routes"] != "0")
                #expect(control["sockets"].contains("/engine.sock"))
                #expect(control.done.contains { $0.hasPrefix("connect:") })
                #expect(listener.accepted > 0)
            }
        }

        /// The same program without the guard, with everything there that a sandbox has, and more.
        private func controlled(_ world: World, _ name: String, _ program: [String]) throws -> Findings {
            let engine = world.engine
            let folder = "\(world.root)/control"
            try Files.makeDirectory("\(folder)/objects")
            try Data().write(to: URL(filePath: "\(folder)/guest"))
            let socket = try #require(try world.record(name).currentState.socket)
            let path = socket.hasPrefix("unix://") ? String(socket.dropFirst(7)) : socket
            let options = [
                "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt",
                engine == .docker ? "systempaths=unconfined" : "unmask=ALL", "-v", "\(folder):/.task", "-v",
                "\(folder):/run/task", "-v", "\(path):/engine.sock",
                "-w", "/tmp", "-e", "HOME=/root", "-e", "XDG_RUNTIME_DIR=/run",
            ]
            return Findings(try world.unguarded(world.image(name), program, options: options))
        }

        @Test("a setuid program gains nothing", arguments: TestEngine.all)
        func setuid(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let first = world.name("first")
                #expect(try world.agent(first, "true").code == 0)
                let image = "localhost/\(world.prefix)-setuid"
                defer { _ = try? engine.run("rmi", "-f", image) }
                try world.makeImage(image, from: world.image(first), "cp /bin/bash /suid && chmod 4755 /suid")

                let program = ["/suid", "-p", "-c", "echo @effective=$(id -u)"]
                let name = world.name("setuid")
                let outcome = try world.task(
                    ["run", "--isolated", "--wait", "--name", name, "--image", image, "--"] + program)
                #expect(outcome.code == 0, "\(outcome.errors)")
                let inside = Findings(outcome.output)["effective"]
                #expect(inside != "0" && inside != "nothing")
                let control = try world.unguarded(image, program, options: ["--user", "1000"])
                #expect(Findings(control)["effective"] == "0")
            }
        }

        @Test("limits are in force, and seen from inside", arguments: TestEngine.all)
        func limits(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("limits")
                let script = #"""
                    cd /sys/fs/cgroup
                    first() { for file; do if [ -r "$file" ]; then cat "$file"; return; fi; done; }
                    echo "@memory=$(first memory.max memory/memory.limit_in_bytes)"
                    echo "@processes=$(first pids.max pids/pids.max)"
                    if [ -r cpu.max ]; then echo "@cpu=$(cat cpu.max)"
                    else echo "@cpu=$(cat cpu/cpu.cfs_quota_us) $(cat cpu/cpu.cfs_period_us)"; fi
                    perl -e 'for (1..300) { my $p = fork; last unless defined $p; if (!$p) { sleep 60; exit } push @c, $p }
                        print "\@forks=", scalar(@c), "\n"; kill 9, @c'
                    """#
                let outcome = try world.agent(
                    name, script, options: ["--memory", "256m", "--cpus", "0.5", "--pids", "64"])
                #expect(outcome.code == 0, "\(outcome.errors)")
                let inside = Findings(outcome.output)
                #expect(inside["memory"] == "\(256 << 20)")
                #expect(inside["processes"] == "64")
                let cpu = inside["cpu"].split(separator: " ").compactMap { Double($0) }
                #expect(cpu.count == 2 && cpu[0] / cpu[1] == 0.5, "\(inside["cpu"])")
                #expect((20..<64).contains(Int(inside["forks"]) ?? -1), "\(inside["forks"])")

                let control = try world.unguarded(
                    world.image(name), ["sh", "-c", script], options: engine == .podman ? ["--pids-limit", "0"] : [])
                #expect(Findings(control)["forks"] == "300")
            }
        }

        @Test("a fork bomb leaves the task stoppable, and its work comes home", arguments: TestEngine.all)
        func forkBomb(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let bomb =
                    #"$SIG{TERM} = "IGNORE"; fork for 1..4; while (1) { fork; select undef, undef, undef, 0.01 }"#
                let work = "echo work > work.txt; git add work.txt; git commit -qm work; echo armed"
                let limits = ["--pids", "100", "--cpus", "0.5"]

                let stopped = world.name("stopped")
                try world.start(stopped, "\(work); exec perl -e '\(bomb)' 2>/dev/null", options: limits)
                try world.wait(stopped, prints: "armed")
                Thread.sleep(forTimeInterval: 1)
                let outcome = try world.task("stop", "-t", "1s", stopped)
                #expect(outcome.code == 0, "\(outcome.errors)")
                #expect(try world.record(stopped).currentState.ending == .stopped)

                // This one goes off behind the agent's back and outlives it.
                let left = world.name("left")
                let script = "\(work); setsid perl -e '\(bomb)' >/dev/null 2>&1 & sleep 2; exit 4"
                // How the agent ended may have become impossible to find out: then that is what is said.
                #expect([4, 1].contains(try world.agent(left, script, options: limits).code))

                for name in [stopped, left] {
                    #expect(try world.git("show", "task/\(name):work.txt") == "work")
                    #expect(try world.record(name).currentState.isUnexported != true)
                    #expect(try world.containers(name) == [])
                }
            }
        }

        @Test("one that takes too much memory is killed, and that is no success", arguments: TestEngine.all)
        func memory(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("hog")
                let hog = ["perl", "-e", #"print "hungry\n"; $n = 600 << 20; $x = "a" x $n; print "fed\n""#]
                let outcome = try world.task(
                    ["run", "--isolated", "--wait", "--memory", "128m", "--name", name, "--"] + hog)
                #expect(outcome.output.contains("hungry"))
                #expect(!outcome.output.contains("fed"))
                #expect(outcome.code != 0)
                let ending = try #require(try world.record(name).currentState.ending)
                #expect(ending != .exited(code: 0))
                #expect(outcome.errors.contains("'\(name)' \(ending.summary)"), "\(outcome.errors)")
                #expect(try world.unguarded(world.image(name), hog).contains("fed"))
            }
        }

        @Test("the engine is told of limits and labels, and of no secret", arguments: TestEngine.all)
        func inspection(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("secret")
                let (given, inherited) = ("given-\(world.prefix)-value", "inherited-\(world.prefix)-value")
                world.environment["INHERITED"] = inherited
                try world.start(
                    name, "echo $GIVEN $INHERITED; sleep 60",
                    options: ["--env", "GIVEN=\(given)", "--env", "INHERITED"])
                // The agent has them, so their absence below means something.
                try world.wait(name, prints: "\(given) \(inherited)")
                let container = try #require(try world.record(name).currentState.container)
                let inspected = try engine.run("inspect", container.id).outputText
                #expect(inspected.contains(#""dev.task.id": "\#(name)""#))
                for label in ["dev.task.owner", "dev.task.role", "dev.task.maker"] {
                    #expect(inspected.contains("\"\(label)\""), "\(label)")
                }
                let logging = try engine.run("inspect", "--format", "{{json .HostConfig.LogConfig}}", container.id)
                #expect(
                    logging.outputText.contains(#"max-size":"1m""#) || logging.outputText.contains(#""Size":"1MB""#))
                let running = try commandLines()
                #expect(running.contains { $0.contains("sleep\0" + "60") })
                for secret in [given, inherited] {
                    #expect(!inspected.contains(secret))
                    #expect(!running.contains { $0.contains(secret) })
                }
                let directory = "\(world.state)/task/tasks/\(name)"
                for file in ["state.json", "inputs.json", "events.jsonl", "supervisor.log"] {
                    let text = String(decoding: try Files.read("\(directory)/\(file)"), as: UTF8.self)
                    #expect(!text.contains(inherited), "\(file)")
                }
                #expect(!String(decoding: try Files.read("\(directory)/state.json"), as: UTF8.self).contains(given))
            }
        }
    }
}

/// The command lines of all processes of the host, those in containers among them.
private func commandLines() throws -> [String] {
    try Files.list("/proc").filter { Int($0) != nil }
        .map { String(decoding: (try? Files.read("/proc/\($0)/cmdline")) ?? [], as: UTF8.self) }
}

extension World {
    /// Makes an image from another one by running a script in it as root.
    func makeImage(_ name: String, from image: String, _ script: String, changes: [String] = []) throws {
        let container = "\(prefix)-making"
        defer { _ = try? engine.run("rm", "-f", container) }
        let made = try engine.run(
            "run", "--name", container, "--user", "0", "--entrypoint", "sh", image, "-c", script)
        try #require(made.succeeded, "\(made.errorText)")
        let options = changes.flatMap { ["--change", $0] }
        let result = try Subprocess(engine.rawValue, ["commit"] + options + [container, name]).runBlocking(seconds: 120)
        try #require(result.succeeded, "\(result.errorText)")
    }
}
