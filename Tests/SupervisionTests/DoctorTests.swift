import Environments
import FoundationEssentials
import Glibc
import System
import TaskModel
import TaskStore
import Testing

@testable import Supervision

@Suite("what task doctor makes of what it finds")
struct DoctorTests {
    /// A machine where all is well: rootful Docker, AppArmor, version 2 of control groups.
    private func well(_ change: (inout DoctorFacts) -> Void = { _ in }) -> DoctorFacts {
        var engine = EngineReport()
        engine.socket = "/var/run/docker.sock"
        (engine.version, engine.api, engine.runtime) = ("28.1.1", "1.49", "runc 1.2.5")
        (engine.storage, engine.root, engine.controlGroups) = ("overlay2", "/var/lib/docker", "2")
        engine.security = ["seccomp", "apparmor", "cgroupns"]
        var facts = DoctorFacts()
        facts.engine = engine
        facts.reason = "the first that answers"
        (facts.kernel, facts.userNamespaces) = ("6.1.0-18-amd64", 63000)
        (facts.git, facts.tmux) = ("2.39.5", "3.3a")
        facts.install = ["git": "sudo apt-get install git", "apparmor": "sudo apt-get install apparmor"]
        (facts.stateRoot, facts.stateRoom, facts.engineRoom) = ("/home/a/.local/state/task", 80 << 30, 80 << 30)
        facts.program = "/usr/local/bin/task"
        change(&facts)
        return facts
    }

    private func rootless(_ change: (inout DoctorFacts) -> Void = { _ in }) -> DoctorFacts {
        well {
            ($0.isRoot, $0.user) = (false, "alice")
            $0.engine?.place = .podman
            $0.engine?.isRootless = true
            $0.engine?.security = ["seccomp", "selinux", "rootless"]
            $0.controllers = ["cpu", "memory", "pids"]
            change(&$0)
        }
    }

    private func check(_ name: String, _ facts: DoctorFacts) throws -> Check {
        try #require(facts.checks.first { $0.name == name })
    }

    @Test("where all is well, every check is ok, nothing is to be mended, and each has a name of its own")
    func allWell() {
        for facts in [well(), rootless()] {
            #expect(facts.checks.filter { $0.status != .ok || $0.mend != nil } == [])
            #expect(Set(facts.checks.map(\.name)).count == facts.checks.count)
            #expect(facts.checks.count == 18)
        }
    }

    @Test("what is amiss, how bad it is, and what mends it")
    func amiss() throws {
        let cases: [(String, Check.Status, String, String?, (inout DoctorFacts) -> Void)] = [
            (
                "engine", .failure, "docker: stopped", "sudo systemctl start docker",
                {
                    $0.engine = nil
                    $0.trouble = ("docker: stopped (nobody answers)", "sudo systemctl start docker")
                }
            ),
            ("storage", .warning, "vfs", nil, { $0.engine?.storage = "vfs" }),
            ("runtime", .warning, "does not say", nil, { $0.engine?.runtime = "" }),
            (
                "limits", .failure, "memory, processors cannot be limited", "cgroup_enable=memory",
                { $0.engine?.unlimited = ["memory", "processors"] }
            ),
            ("seccomp", .failure, "no seccomp filter", "boot", { $0.filtersCalls = false }),
            (
                "seccomp", .failure, "built without it", "install docker",
                { $0.engine?.security = ["apparmor"] }
            ),
            ("lsm", .warning, "neither", nil, { $0.engine?.security = ["seccomp"] }),
            (
                "lsm", .warning, "the kernel has AppArmor, and docker does not use it",
                "sudo apt-get install apparmor, then start the engine again",
                {
                    $0.engine?.security = ["seccomp"]
                    $0.modules = ["AppArmor"]
                }
            ),
            ("user-namespaces", .warning, "off", "sysctl user.max_user_namespaces=15000", { $0.userNamespaces = 0 }),
            ("kernel", .failure, "4.19.0-6-amd64, and 5.3", "boot", { $0.kernel = "4.19.0-6-amd64" }),
            ("kernel", .failure, "5.2.17, and 5.3", "boot", { $0.kernel = "5.2.17" }),
            ("disk-state", .warning, "4 GiB free at /home", "task list", { $0.stateRoom = (5 << 30) - 1 }),
            ("disk-state", .failure, "255 MiB free", "task list", { $0.stateRoom = (256 << 20) - 1 }),
            ("disk-state", .failure, "cannot be written", "XDG_STATE_HOME", { $0.stateIsWritable = false }),
            ("disk-engine", .failure, "0 MiB free", "task image prune", { $0.engineRoom = 0 }),
            ("git", .failure, "none", "sudo apt-get install git", { $0.git = nil }),
            ("git", .failure, "2.24.4, and 2.25", "sudo apt-get install git", { $0.git = "2.24.4" }),
            ("tmux", .failure, "none", nil, { $0.tmux = nil }),
            ("tmux", .warning, "2.9a", nil, { $0.tmux = "2.9a" }),
            (
                "installation", .failure, "the guest program", "install task again",
                {
                    $0.installation = TaskError(
                        .noSandbox, "the guest program is not there", next: "install task again")
                }
            ),
            (
                "configuration", .failure, "config.json:1:2", "edit",
                { $0.configuration = TaskError(.noSandbox, "/x/config.json:1:2: no", next: "edit '/x/config.json'") }
            ),
            (
                "leftovers", .warning, "task-a-agent-x, .new-b-1-c", "task prune",
                {
                    $0.leftovers.containers = [("task-a-agent-x", "1")]
                    $0.leftovers.directories = ["/s/tasks/.new-b-1-c"]
                }
            ),
            (
                "tasks", .warning, "never started, and nobody is at it: stuck", "task rm --force stuck",
                { $0.leftovers.stuck = [TaskID("stuck")].compactMap { $0 } }
            ),
            (
                "tasks", .warning, "without a supervisor: a, b, c and 1 more", "task list",
                { $0.leftovers.unsupervised = ["a", "b", "c", "d"].compactMap(TaskID.init) }
            ),
            (
                "tasks", .warning, "bad: \\u{1B}[2J", "task rm --force bad",
                { $0.leftovers.damaged = TaskID("bad").map { [($0, "\u{1B}[2J")] } ?? [] }
            ),
        ]
        for (name, status, finding, mend, change) in cases {
            let facts = well(change)
            let found = try check(name, facts)
            #expect(found.status == status, "\(name): \(found)")
            #expect(found.finding.contains(finding), "\(name): \(found)")
            if let mend { #expect(found.mend?.contains(mend) == true, "\(name): \(found)") }
            // Nothing else is amiss for it, but for what cannot be known then.
            #expect(facts.checks.filter { $0.status != .ok }.count == 1, "\(name): \(facts.checks)")
        }
    }

    @Test("limits that a rootless engine cannot set")
    func rootlessLimits() throws {
        var old = rootless { $0.engine?.controlGroups = "1" }
        #expect(try check("limits", old).status == .failure)
        #expect(try check("limits", old).mend?.contains("--memory unlimited") == true)
        old = rootless { $0.controllers = ["memory", "pids"] }
        #expect(try check("limits", old).finding.contains("cpu may not be limited by alice"))
        #expect(try check("limits", old).mend?.contains("Delegate=cpu memory pids") == true)
        // Where that cannot be seen, the engine's word stands; PID 1 checks in the end.
        #expect(try check("limits", rootless { $0.controllers = nil }).status == .ok)
    }

    @Test(
        "versions",
        arguments: [
            ("2.25.0", true), ("2.24.9", false), ("3.0", true), ("1.99", false), ("2.100", true), ("next-3.4", true),
            ("next", true), ("2", false),
        ])
    func versions(text: String, isNewEnough: Bool) {
        #expect(DoctorFacts.version(text, isAtLeast: (2, 25)) == isNewEnough)
    }

    @Test("how much isolation there is, and why")
    func levels() {
        let cases: [(Assurance.Level, DoctorFacts, protects: [String], open: [String])] = [
            (.standard, well(), ["limits", "modules"], ["root"]),
            (.standard, well { $0.engine?.security = ["seccomp"] }, ["limits"], ["root", "modules"]),
            (.strong, rootless(), ["limits", "root", "modules"], []),
            (.standard, rootless { $0.engine?.security = ["seccomp"] }, ["limits", "root"], ["modules"]),
            (.strong, well { $0.engine?.security.insert("userns") }, ["limits", "root", "modules"], []),
            (.reduced, rootless { $0.engine?.controlGroups = "1" }, ["root", "modules"], ["limits"]),
            (.reduced, well { $0.engine?.unlimited = ["processes"] }, ["modules"], ["limits", "root"]),
        ]
        for (level, facts, protects, open) in cases {
            let assurance = facts.assurance
            #expect(assurance.level == level)
            let always = ["network", "files", "repository", "privileges", "system calls"]
            #expect(assurance.protects.map(\.subject) == always + protects)
            // These no engine and no machine changes.
            let never = ["kernel", "disk", "allowed hosts", "hidden channels", "the result"]
            #expect(assurance.open.map(\.subject) == open + never)
            #expect(!assurance.summary.isEmpty)
        }
    }

    @Test("no level without an engine, or without a filter of system calls")
    func noLevel() {
        for facts in [well { $0.engine = nil }, well { $0.filtersCalls = false }, well { $0.engine?.security = [] }] {
            let assurance = facts.assurance
            #expect(assurance.level == .none)
            #expect(assurance.protects.isEmpty && assurance.open.isEmpty)
        }
    }

    @Test("which containers belong to nobody")
    func abandoned() throws {
        let root = "/tmp/task-doctor-\(UInt32.random(in: 0...UInt32.max))"
        let store = TaskStore(root: root)
        defer { try? FileTree.remove(root) }
        try Files.makeDirectory("\(root)/tasks/here")
        try Files.makeDirectory("\(root)/builds/docker/build-1")
        try Files.makeDirectory("\(root)/builds/docker/build-2")
        let lock = try #require(try FileLock.take("\(root)/builds/docker/build-1/lock"))
        _ = try FileLock.take("\(root)/builds/docker/build-2/lock")
        let dead = try #require(ProcessIdentity("\(getpid()) 1 \(ProcessIdentity.current.boot)"))
        func container(
            _ name: String, _ task: String?, _ role: String?, by maker: ProcessIdentity? = nil, running: Bool = true,
            age: Int64 = 0
        ) -> OwnContainer {
            OwnContainer(
                id: name, name: name, task: task, role: role, maker: maker, isRunning: running,
                created: Int64(Date().timeIntervalSince1970) - age)
        }
        let all = [
            container("kept-agent", "here", "agent"), container("kept-export", "here", "export", running: false),
            container("gone-agent", "gone", "agent"), container("gone-export", "gone", "export"),
            container("no-name", nil, "agent"), container("bad-name", "../x", "agent"),
            container("kept-build", "build-1", "build"), container("gone-build", "build-2", "build"),
            container("kept-step", nil, nil, running: false),
            container("old-step", nil, nil, running: false, age: 4000),
            container("kept-long-step", nil, nil, age: 4000),
            container("kept-probe", nil, "probe", by: .current, running: false, age: 4000),
            container("gone-probe", nil, "probe", by: dead), container("gone-test", nil, "test", by: dead),
            container("gone-snapshot", "here", "snapshot", by: dead, running: false),
        ]
        let found = TaskService.abandoned(all, store, .docker).map(\.name)
        #expect(
            found == [
                "gone-agent", "gone-export", "no-name", "bad-name", "gone-build", "old-step", "gone-probe", "gone-test",
                "gone-snapshot",
            ])
        withExtendedLifetime(lock) {}
    }

    @Test("which directories belong to nobody: those of processes that are dead")
    func directories() throws {
        let root = "/tmp/task-doctor-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileTree.remove(root) }
        let dead = try ChildProcess(Subprocess("true"))
        _ = dead.wait()
        for name in [
            "here", ".new-a-b-\(dead.pid)-x1", ".new-c-\(getpid())-x2", ".removed-a-b-\(dead.pid)",
            ".removed-c-\(getpid())", ".new-odd", ".other-\(dead.pid)",
        ] {
            try Files.makeDirectory("\(root)/task/tasks/\(name)")
        }
        let service = TaskService(environment: ["XDG_STATE_HOME": root])
        #expect(
            service.abandonedDirectories().map(Files.name(of:)).sorted()
                == [".new-a-b-\(dead.pid)-x1", ".removed-a-b-\(dead.pid)"])
    }
}
