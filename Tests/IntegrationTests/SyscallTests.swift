import Foundation
import System
import Testing

extension IntegrationTests {
    /// What the kernel is asked, by C and not by Perl: `SyscallProbe` says how.
    @Suite struct SyscallTests {
        /// What a filter answers: EPERM, ENOSYS, EAFNOSUPPORT. A kernel that is reached answers something else.
        private static let refusals: Set<String> = ["1", "38", "97"]

        /// A new kernel and all privileges that the engine gives show what there is to forbid, these at least.
        private static let reachable: Set<String> = [
            "packet", "unshare-user", "clone-user", "unshare-several", "clone3", "setns", "chroot", "mount",
            "open_tree", "io_uring_setup", "bpf", "perf_event_open", "keyctl", "userfaultfd", "read-implies-exec",
        ]
        private static let reachableByOtherDoors: Set<String> = [
            "packet-i386", "unix-socketcall", "unshare-user-i386", "clone-user-i386", "mount-i386", "keyctl-i386",
        ]

        @Test("the profile lets programs have what they need, and nothing that is forbidden", arguments: TestEngine.all)
        func profile(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let probe = try make(world)
                let name = world.name("calls")
                let outcome = try world.task(
                    "run", "--isolated", "--wait", "--include", "probe", "--name", name, "--", "./probe")
                try #require(outcome.code == 0, "\(outcome.errors)\(outcome.output)")
                let inside = Answers(outcome.output)
                let image = try world.image(name)

                let privileged = ["SYS_ADMIN", "NET_ADMIN", "SYS_CHROOT"].flatMap { ["--cap-add", $0] }
                let kernel = try ask(world, image, probe, privileged + ["--security-opt", "seccomp=unconfined"])
                let filter = "\(try world.package())/images/seccomp.json"
                // Here no missing capability can be the reason of a refusal.
                let filtered = try ask(world, image, probe, privileged + ["--security-opt", "seccomp=\(filter)"])

                for answers in [inside, filtered] {
                    #expect(answers.forbidden.count == kernel.forbidden.count)
                    for (name, answer) in answers.forbidden {
                        #expect(Self.refusals.contains(answer), "\(name): \(answer)")
                    }
                    for (name, answer) in answers.needed { #expect(answer == kernel.needed[name], "\(name)") }
                    #expect(answers.needed.count == kernel.needed.count && answers.needed["unix"] == "done")
                }
                // The positive control: without the filter all this reaches the kernel.
                let reached = kernel.reached(besides: Self.refusals)
                #expect(reached.isSuperset(of: Self.reachable), "\(Self.reachable.subtracting(reached))")
                #if arch(x86_64)
                    let others = Self.reachableByOtherDoors.subtracting(reached)
                    #expect(others.isEmpty, "\(others)")
                #endif

                // And the engine's own filter would not do.
                let usual = try ask(
                    world, image, probe, ["--user", "1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"])
                let left = usual.reached(besides: Self.refusals)
                #expect(!left.isEmpty)
                #if arch(x86_64)
                    #expect(left.contains("unix-socketcall"))
                #endif
            }
        }

        @Test("programs that confine themselves, trace, or ask for the time go on working", arguments: TestEngine.all)
        func programs(engine: TestEngine) throws {
            try inWorld(engine) { world in
                let name = world.name("programs")
                let script = """
                    mkfifo /tmp/fifo && echo @fifo=done
                    git clone -q "file://$PWD" /tmp/clone && git -C /tmp/clone fsck && echo @git=done
                    setsid sh -c 'echo @session=done'
                    tmux -L other new-session -d 'sleep 5' && tmux -L other kill-server && echo @tmux=done
                    perl -MTime::HiRes=clock_gettime -e 'print "\\@clock=done\\n" if clock_gettime(0) > 0'
                    perl -e 'use threads; print threads->create(sub { "\\@thread=done\\n" })->join'
                    """
                let outcome = try world.agent(name, script)
                #expect(outcome.code == 0, "\(outcome.errors)\(outcome.output)")
                #expect(Findings(outcome.output).done == ["fifo", "git", "session", "tmux", "clock", "thread"])
            }
        }

        /// Compiles the probe into the project, where it is no commit.
        private func make(_ world: World) throws -> String {
            let probe = "\(world.project)/probe"
            let source = "\(world.root)/probe.c"
            try Files.replace(source, with: Array(SyscallProbe.source.utf8))
            let made = try Subprocess("clang", ["-static", "-O1", "-Wall", "-Werror", "-o", probe, source])
                .runBlocking(seconds: 60)
            try #require(made.succeeded, "\(made.errorText)")
            return probe
        }

        private func ask(_ world: World, _ image: String, _ probe: String, _ options: [String]) throws -> Answers {
            let shared = ["-v", "\(probe):/probe:ro", "--network", "none"]
            return Answers(try world.unguarded(image, ["/probe"], options: shared + options))
        }
    }
}

/// What the kernel, or a filter before it, answered.
private struct Answers {
    var forbidden: [String: String] = [:]
    var needed: [String: String] = [:]

    init(_ output: String) {
        for line in output.split(whereSeparator: \.isNewline) where line.hasPrefix("@") {
            let parts = line.dropFirst().split(maxSplits: 2) { $0 == ":" || $0 == "=" }.map(String.init)
            guard parts.count == 3 else { continue }
            if parts[0] == "forbidden" { forbidden[parts[1]] = parts[2] } else { needed[parts[1]] = parts[2] }
        }
    }

    func reached(besides refusals: Set<String>) -> Set<String> {
        Set(forbidden.filter { !refusals.contains($0.value) }.keys)
    }
}
