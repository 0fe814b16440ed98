import Environments
import FoundationEssentials
import NetworkPolicy
import TaskModel
import TaskStore
import Testing

@testable import Supervision

@Suite("What a sandbox is made of") struct PlannerTests {
    private func planner(
        path: String = "/home/ada/shop", subdirectory: String = "", environment: [EnvironmentEntry] = [],
        user: AgentUser = AgentUser(callerUser: 501, callerGroup: 20), equipment: Equipment? = nil,
        place: Place = .docker
    ) throws -> SandboxPlanner {
        let id = try #require(TaskID("fix"))
        return SandboxPlanner(
            inputs: TaskInputs(
                id: id, createdAt: Date(timeIntervalSince1970: 0),
                repository: Repository(path: path, gitDirectory: "\(path)/.git", objectFormat: "sha1"),
                base: Base(reference: "HEAD", commit: String(repeating: "a", count: 40), branch: nil), author: nil,
                subdirectory: subdirectory, includes: [], command: ["x"], environment: environment, place: place,
                image: nil, limits: Limits(memory: 1 << 30, milliCPUs: 2000, processes: 4096), timeout: nil,
                equipment: equipment),
            directory: TaskStore(root: "/state/task").directory(id), mirrorObjects: "/state/task/mirrors/m.git/objects",
            guest: "/opt/task-guest", seccomp: seccomp, user: user)
    }

    private let seccomp = SeccompProfile(path: "/opt/seccomp.json", json: "{}")
    private let image = Image(reference: "r", id: "sha256:1", key: nil, definition: nil)

    @Test("on the host the agent has its user's own environment, and nothing is mounted or kept from it")
    func onTheHost() throws {
        var equipment = Equipment()
        equipment.waits = .reported
        let given = [EnvironmentEntry(name: "PORT", value: "1"), EnvironmentEntry(name: "KEY", value: nil)]
        let planner = try planner(subdirectory: "web", environment: given, equipment: equipment, place: .local)
        let caller = [
            "HOME": "/home/ada", "PATH": "/opt/bin:/bin", "KEY": "secret", "TMUX": "/tmp/tmux-501/default,1,0",
            "TMUX_PANE": "%1", "GIT_DIR": "/elsewhere", "GIT_AUTHOR_NAME": "Ada", "PWD": "/tmp", "TASK_NAME": "outer",
            "TASK_STATUS": "/outer", "TASK_MARK": "task-outer",
        ]
        #expect(
            try planner.environment(image: [], caller: caller) == [
                "HOME": "/home/ada", "PATH": "/opt/bin:/bin", "KEY": "secret", "PORT": "1", "TASK_NAME": "fix",
                "TASK_BRANCH": "task/fix", "TASK_STATUS": "/state/task/tasks/fix/home/.task/status",
            ])
        #expect(planner.startDirectory == "/state/task/tasks/fix/workspace/web")
        #expect(planner.objects == "/state/task/mirrors/m.git/objects")
        #expect(planner.agentVolumes() == [])
        for plan in [planner.agentPlan(image: nil, policy: .none), planner.exportPlan(image: nil)] {
            #expect(plan.guestArguments == ["host"] && plan.volumes == [] && plan.image == "")
        }
    }

    @Test("the agent has the name that its account has in the image")
    func account() throws {
        let environment = try planner().environment(image: ["USER=x"], account: "node", caller: [:])
        #expect(environment["USER"] == "node" && environment["LOGNAME"] == "node")
        #expect(environment["HOME"] == "/home/agent")
    }

    @Test("volumes that engines made as root become the agent's, and an export has none of them")
    func caches() throws {
        var planner = try planner()
        planner.inputs.equipment = Equipment()
        planner.inputs.equipment?.volumes = [
            Volume(.cache, source: "task-cache-npm-1", target: "/.task/caches/npm", readOnly: false, isNamed: true),
            Volume(.extra, source: "/data", target: "/data", readOnly: true),
        ]
        let plan = planner.agentPlan(image: image, policy: .none)
        #expect(plan.guestArguments.suffix(2) == ["--own", "/.task/caches/npm"])
        #expect(plan.volumes.suffix(2).map(\.purpose) == [.cache, .extra])
        let export = planner.exportPlan(image: image)
        #expect(export.guestArguments == ["init", "--uid", "501", "--gid", "20"])
        #expect(!export.volumes.contains { [.cache, .extra, .home].contains($0.purpose) })
    }

    @Test("the agent may write to its workspace and its home, and to nothing else")
    func agentVolumes() throws {
        let plan = try planner().agentPlan(image: image, policy: .none)
        #expect(
            plan.volumes == [
                Volume(.guest, source: "/opt/task-guest", target: "/.task/guest", readOnly: true),
                Volume(.control, source: "/state/task/tasks/fix/run", target: "/run/task", readOnly: true),
                Volume(
                    .names, source: "/state/task/tasks/fix/names/resolv.conf", target: "/etc/resolv.conf",
                    readOnly: true),
                Volume(.names, source: "/state/task/tasks/fix/names/hosts", target: "/etc/hosts", readOnly: true),
                Volume(.objects, source: "/state/task/mirrors/m.git/objects", target: "/.task/objects", readOnly: true),
                Volume(.home, source: "/state/task/tasks/fix/home", target: "/home/agent", readOnly: false),
                Volume(
                    .workspace, source: "/state/task/tasks/fix/workspace", target: "/home/ada/shop", readOnly: false),
            ])
        #expect(plan.role == .agent)
        #expect(plan.image == "sha256:1")
        #expect(plan.guestArguments.prefix(5) == ["init", "--uid", "501", "--gid", "20"])
        #expect(plan.guestArguments.contains("udp:53") && plan.guestArguments.contains("tcp:53"))
        #expect(plan.limits == Limits(memory: 1 << 30, milliCPUs: 2000, processes: 4096))
        #expect(plan.seccomp == seccomp)
    }

    @Test("what only brings work out may write to nothing, has no home and no network")
    func export() throws {
        let plan = try planner().exportPlan(image: image)
        #expect(plan.volumes.map(\.purpose) == [.guest, .control, .names, .names, .objects, .workspace])
        #expect(plan.volumes.allSatisfy { $0.readOnly })
        #expect(plan.guestArguments == ["init", "--uid", "501", "--gid", "20"])
        #expect(plan.limits.processes == 256)
        #expect(plan.role == .export)
        #expect(plan.seccomp == seccomp)
    }

    @Test(
        "root's agents are user 1000, everyone else's are their own",
        arguments: [
            (0, 0, 1000, 1000, true), (0, 5, 1000, 1000, true), (501, 20, 501, 20, false), (501, 0, 501, 1000, false),
        ] as [(UInt32, UInt32, UInt32, UInt32, Bool)])
    func user(caller: UInt32, group: UInt32, user: UInt32, userGroup: UInt32, isSomeoneElse: Bool) {
        let agent = AgentUser(callerUser: caller, callerGroup: group)
        #expect(agent.user == user && agent.group == userGroup && agent.isSomeoneElse == isSomeoneElse)
    }

    @Test("the image's variables give way to ours, and ours to the user's")
    func environment() throws {
        let planner = try planner(environment: [
            EnvironmentEntry(name: "KEY", value: nil), EnvironmentEntry(name: "HOME", value: "/elsewhere"),
            EnvironmentEntry(name: "EMPTY", value: ""),
        ])
        let result = try planner.environment(
            image: ["PATH=/image/bin", "HOME=/image", "USER=image", "X=a=b", "BROKEN"],
            caller: ["KEY": "secret", "OTHER": "the caller's own"])
        #expect(
            result == [
                "PATH": "/image/bin", "LANG": "C.UTF-8", "X": "a=b", "HOME": "/elsewhere", "USER": "agent",
                "LOGNAME": "agent", "SHELL": "/bin/sh", "COLORTERM": "truecolor", "XDG_RUNTIME_DIR": "/run/user/501",
                "TASK_NAME": "fix", "TASK_BRANCH": "task/fix", "KEY": "secret", "EMPTY": "",
            ])
        let error = #expect(throws: TaskError.self) { try planner.environment(image: [], caller: [:]) }
        #expect(error?.kind == .noSandbox)
        #expect(error?.message == "the variable 'KEY' is to be passed on and is not set")
    }

    @Test("what the task is equipped with comes after the image's and before the user's")
    func equipped() throws {
        var equipment = Equipment()
        equipment.environment = ["A": "equipment", "B": "equipment", "TASK_STATUS": "/elsewhere"]
        equipment.waits = .reported
        let cache = Volume(.cache, source: "task-cache-x", target: "/.task/caches/x", readOnly: false, isNamed: true)
        equipment.volumes = [cache, Volume(.extra, source: "/data", target: "/data", readOnly: true)]
        let planner = try planner(environment: [EnvironmentEntry(name: "B", value: "user")], equipment: equipment)
        let result = try planner.environment(image: ["A=image", "C=image"], caller: [:])
        #expect(result["A"] == "equipment" && result["B"] == "user" && result["C"] == "image")
        #expect(result["TASK_STATUS"] == "/home/agent/.task/status")
        #expect(try self.planner().environment(image: [], caller: [:])["TASK_STATUS"] == nil)
        #expect(planner.agentPlan(image: image, policy: .none).volumes.suffix(2) == equipment.volumes)
        #expect(planner.exportPlan(image: image).volumes.map(\.purpose).contains(.cache) == false)
        #expect(planner.exportPlan(image: image).volumes.map(\.purpose).contains(.extra) == false)
    }

    @Test("names are asked of us alone, and nothing of the host's is known")
    func names() throws {
        #expect(try planner().resolverSettings == "nameserver 198.18.0.1\n")
        #expect(
            try planner().hostsFile == "127.0.0.1 localhost\n127.0.1.1 fix\n::1 ip6-localhost ip6-loopback\n")
    }

    @Test("the agent starts where the user was")
    func startDirectory() throws {
        #expect(try planner().startDirectory == "/home/ada/shop")
        #expect(try planner(subdirectory: "web/app").startDirectory == "/home/ada/shop/web/app")
    }
}
