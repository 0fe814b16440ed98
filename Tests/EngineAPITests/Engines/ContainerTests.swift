import Foundation
import Testing

@testable import EngineAPI

@Suite("containers")
struct ContainerTests {
    @Test("create, start, wait, inspect, logs, remove", arguments: engines)
    func life(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let name = try await scratch.container("echo out; echo err >&2; exit 7")
            #expect(try await client.inspectContainer(name).state.status == .created)

            try await client.startContainer(name)
            #expect(try await client.waitForContainer(name) == 7)

            let details = try await client.inspectContainer(name)
            #expect(details.name == name)
            #expect(details.state.status == .exited)
            #expect(details.state.exitCode == 7)
            #expect(details.config?.labels?["enginetest"] == scratch.prefix)
            #expect(details.imageID?.hasPrefix("sha256:") == true)
            #expect(details.host?.networkMode == "none")

            let (output, error) = try await text(client.containerLogs(name))
            #expect(output == "out\n")
            #expect(error == "err\n")

            let listed = try await client.listContainers(labels: [scratch.label])
            #expect(listed.map(\.names) == [[name]])
            #expect(listed.first?.id == details.id)
            #expect(listed.first?.imageID == details.imageID)
            #expect(try await client.listContainers(labels: [scratch.label], all: false).isEmpty)

            try await client.removeContainer(name, force: false)
            let gone = await #expect(throws: EngineError.self) { try await client.inspectContainer(name) }
            #expect(gone?.isNotFound == true)
        }
    }

    @Test("what is asked for is what the program finds", arguments: engines)
    func spec(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let folder = FileManager.default.temporaryDirectory.appending(path: scratch.prefix)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(at: folder) }
            try "hello".write(to: folder.appending(path: "file"), atomically: true, encoding: .utf8)

            let script = """
                cat /in/file; echo " $A $(id -u):$(id -g) $PWD $(cat /etc/hostname)"
                echo x > /in/new || echo ro-bind; echo x > /new || echo ro-root; echo x > /mem/new && echo tmpfs
                echo x > /scratch/new && echo mount
                while read k v; do [ $k = CapEff: ] && echo $v; [ $k = NoNewPrivs: ] && echo nnp $v; done < /proc/self/status
                true
                """
            let name = try await scratch.container(script) { spec in
                spec.environment = ["A=b c"]
                spec.user = "1234:1235"
                spec.workingDirectory = "/tmp"
                spec.hostname = "inside"
                spec.stopTimeout = 3
                spec.host.capDrop = ["ALL"]
                spec.host.securityOptions = ["no-new-privileges"]
                spec.host.readOnlyRoot = true
                spec.host.memory = 64 << 20
                spec.host.memorySwap = 64 << 20
                spec.host.nanoCPUs = 500_000_000
                spec.host.pidsLimit = 50
                spec.host.mounts = [
                    .bind(folder.path, at: "/in", readOnly: true), .tmpfs(at: "/scratch", size: 1 << 20, mode: 0o1777),
                ]
                spec.host.tmpfs = ["/mem": "size=1m,mode=1777"]
                spec.host.restart = .never
                spec.host.ipcMode = "private"
                spec.host.shmSize = 1 << 20
                spec.host.extraHosts = ["example:198.18.0.2"]
            }
            try await scratch.client.startContainer(name)
            #expect(try await scratch.client.waitForContainer(name) == 0)
            let lines = try await text(scratch.client.containerLogs(name)).output.split(separator: "\n").map(
                String.init)
            #expect(
                lines == [
                    "hello b c 1234:1235 /tmp inside", "ro-bind", "ro-root", "tmpfs", "mount", "0000000000000000",
                    "nnp 1",
                ])
            let details = try await scratch.client.inspectContainer(name)
            #expect(details.host?.readOnlyRoot == true)
            #expect(details.host?.privileged == false)
            #expect(details.host?.memory == 64 << 20)
            #expect(details.host?.pidsLimit == 50)
            let bind = try #require(details.mounts.first { $0.destination == "/in" })
            #expect(bind.source == folder.path)
            #expect(bind.isWritable == false)
            #expect(bind.propagation == "rprivate")
        }
    }

    @Test("stop, kill and a second start", arguments: engines)
    func signals(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let name = try await scratch.container("trap 'exit 5' TERM; while :; do sleep 0.1; done")
            try await client.startContainer(name)
            try await client.startContainer(name)
            try await client.stopContainer(name, grace: 5)
            #expect(try await client.inspectContainer(name).state.exitCode == 5)
            try await client.stopContainer(name, grace: 5)

            try await client.startContainer(name)
            try await client.killContainer(name)
            #expect(try await client.waitForContainer(name) == 137)
        }
    }

    @Test("what the engine refuses is told in its words, with status and route", arguments: engines)
    func refusals(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let missing = await #expect(throws: EngineError.self) { try await client.startContainer("no-such-thing") }
            guard case .response(404, let message, "POST /containers/no-such-thing/start") = missing else {
                Issue.record("\(String(describing: missing))")
                return
            }
            #expect(message.lowercased().contains("no such container"))
            let name = try await scratch.container("true")
            let image = try #require(try await client.inspectContainer(name).imageID)
            let spec = ContainerSpec(image: image, command: ["/bin/true"])
            let conflict = await #expect(throws: EngineError.self) {
                try await client.createContainer(spec, name: name)
            }
            // Podman 4 says 500 where Docker says 409.
            guard case .response(let status, _, "POST /containers/create") = conflict else {
                Issue.record("\(String(describing: conflict))")
                return
            }
            #expect(status == 409 || flavor == .podman)
        }
    }

    @Test("removing by force a program that is just ending", arguments: engines)
    func removalRace(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let image = try await scratch.image()
            for round in 0..<5 {
                let name = try await scratch.container("sleep 0.0\(round)", name: "race\(round)", image: image)
                try await scratch.client.startContainer(name)
                try await scratch.client.removeContainer(name, force: true)
            }
            #expect(try await scratch.client.listContainers(labels: [scratch.label]).isEmpty)
        }
    }
}
