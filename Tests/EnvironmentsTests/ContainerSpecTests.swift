import EngineAPI
import Foundation
import TaskModel
import Testing

@testable import Environments

@Suite("What an engine is asked for") struct ContainerSpecTests {
    private func plan(project: String = "/home/ada/shop", limits: Limits? = nil) throws -> SandboxPlan {
        SandboxPlan(
            task: try #require(TaskID("fix-login")), role: .agent, image: "sha256:1234",
            guestArguments: ["init", "--uid", "501", "--gid", "20", "--listen", "udp:53"],
            volumes: [
                Volume(.guest, source: "/opt/task-guest", target: SandboxPath.guest, readOnly: true),
                Volume(.workspace, source: "/state/workspace", target: project, readOnly: false),
            ],
            limits: limits ?? Limits(memory: 4 << 30, milliCPUs: 1500, processes: 4096),
            seccomp: SeccompProfile(path: "/opt/seccomp.json", json: "{}"))
    }

    private func json(_ plan: SandboxPlan, _ traits: EngineTraits) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let spec = plan.containerSpec(on: traits, labels: ["dev.task.id": "fix-login"])
        return String(decoding: try encoder.encode(spec), as: UTF8.self) + "\n"
    }

    @Test(
        "the whole request is what its golden file says: every line of it is part of the isolation",
        arguments: [
            ("docker", EngineTraits(flavor: .docker, isRootless: false)),
            ("podman", EngineTraits(flavor: .podman, isRootless: false)),
            ("podman-rootless", EngineTraits(flavor: .podman, isRootless: true)),
        ])
    func golden(name: String, traits: EngineTraits) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let golden = String(decoding: try Data(contentsOf: folder.appending(path: "\(name).json")), as: UTF8.self)
        #expect(try json(plan(), traits) == golden)
    }

    @Test("only what was asked to be without limit is")
    func limits() throws {
        let traits = EngineTraits(flavor: .docker, isRootless: false)
        let none = try plan(limits: Limits(memory: nil, milliCPUs: nil, processes: nil))
            .containerSpec(on: traits, labels: [:]).host
        #expect(none.memory == nil && none.memorySwap == nil && none.nanoCPUs == nil && none.pidsLimit == nil)
        let some = try plan().containerSpec(on: traits, labels: [:]).host
        #expect(some.memory == 4 << 30 && some.memorySwap == 4 << 30 && some.nanoCPUs == 1_500_000_000)
        let huge = try plan(limits: Limits(memory: .max, milliCPUs: 10_000_000, processes: .max))
            .containerSpec(on: traits, labels: [:]).host
        #expect(huge.memory == .max && huge.pidsLimit == .max)
    }
}

@Suite("Where a project can be mounted") struct SandboxPathTests {
    @Test(
        "at its own path nearly everywhere",
        arguments: [
            "/home/ada/shop", "/home/ada", "/work", "/root/shop", "/tmp/x", "/var/tmp/x", "/var/lib/x",
            "/usr/local/src/x",
            "/run/user/1/x", "/with space/ü", "/homework", "/etcetera", "/home/agent2", "/.taskx", "/opt",
        ])
    func possible(path: String) {
        #expect(SandboxPath.obstacle(toMounting: path) == nil)
    }

    @Test(
        "not over what the image needs",
        arguments: [
            "/", "/bin", "/etc", "/usr", "/lib64", "/home", "/root", "/tmp", "/var", "/var/tmp", "/boot", "/sbin",
            "/run",
        ])
    func system(path: String) {
        #expect(SandboxPath.obstacle(toMounting: path) == "it would hide a part of the image's system")
    }

    @Test(
        "not where the sandbox has its own",
        arguments: [
            "/proc/1", "/sys/x", "/dev/shm/x", "/.task/x", "/.task/guest", "/run/task", "/run/task/x", "/home/agent",
            "/home/agent/x",
        ])
    func owned(path: String) {
        #expect(SandboxPath.obstacle(toMounting: path)?.hasPrefix("it lies where the sandbox has its own '/") == true)
    }

    @Test(
        "not where the path itself would be misread",
        arguments: ["/a,b", "/a:b", "/a\\b", "/a\"b", "/a\nb", "/a\u{1}b"])
    func unmountable(path: String) {
        #expect(SandboxPath.obstacle(toMounting: path)?.hasPrefix("engines cannot mount a path with") == true)
    }
}
