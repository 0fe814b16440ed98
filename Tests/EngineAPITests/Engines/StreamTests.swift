import Foundation
import Testing

@testable import EngineAPI

/// What this process holds in memory, in bytes: `proc(5)`, statm.
private func residentMemory() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1])) * Int(getpagesize())
}

@Suite("waiting, following, holding back")
struct StreamTests {
    @Test("cancelling ends a wait that would never end", arguments: engines)
    func cancelledWait(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let name = try await scratch.container("while :; do sleep 0.1; done")
            try await client.startContainer(name)
            let waiting = Task { try await client.waitForContainer(name) }
            try await Task.sleep(for: .milliseconds(200))
            waiting.cancel()
            // The container never ends: that there is a result at all is the cancellation's doing.
            let result = await waiting.result
            #expect(throws: EngineError.cancelled) { try result.get() }
            #expect(try await client.inspectContainer(name).state.isRunning)
        }
    }

    @Test("a wait that has its time passes ends with timedOut", arguments: engines)
    func timedOutWait(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let name = try await scratch.container("while :; do sleep 0.1; done")
            try await scratch.client.startContainer(name)
            await #expect(throws: EngineError.timedOut(route: "POST /containers/\(name)/wait", seconds: 0.3)) {
                try await scratch.client.waitForContainer(name, timeout: .milliseconds(300))
            }
        }
    }

    @Test("logs are followed to the program's end", arguments: engines)
    func followedLogs(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let name = try await scratch.container("for i in 1 2 3; do echo $i; sleep 0.1; done")
            try await scratch.client.startContainer(name)
            let (output, _) = try await text(scratch.client.containerLogs(name, follow: true))
            #expect(output == "1\n2\n3\n")
            let tail = try await text(scratch.client.containerLogs(name, tail: 1))
            #expect(tail.output == "3\n")
        }
    }

    @Test("a reader that stalls costs no memory, and loses nothing", arguments: engines)
    func backPressure(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let name = try await scratch.container("while :; do sleep 0.1; done")
            try await client.startContainer(name)
            // 60 MB through an exec; the reader sleeps while the engine would send all of it.
            let size = 60_000_000
            let stream = try await client.followExec(in: name, ExecSpec(["sh", "-c", "yes | head -c \(size)"])).output
            try await Task.sleep(for: .milliseconds(200))
            let before = try residentMemory()
            try await Task.sleep(for: .seconds(1))
            #expect(try residentMemory() - before < 8 << 20)
            var count = 0
            for try await chunk in stream { count += chunk.bytes.count }
            #expect(count == size)
        }
    }

    @Test("events of what was asked for, and of nothing else", arguments: engines)
    func events(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let image = try await scratch.image()
            let stream = try await client.events(labels: [scratch.label], types: ["container"])
            let name = try await scratch.container("exit 3", image: image)
            let id = try await client.inspectContainer(name).id
            try await client.startContainer(name)
            _ = try await client.waitForContainer(name)
            try await client.removeContainer(name, force: true)
            var actions: [EngineEvent.Action] = []
            for try await event in stream {
                #expect(event.id == id)
                #expect(event.type == "container")
                #expect(event.attributes["enginetest"] == scratch.prefix)
                #expect(event.time ?? 0 > 1_600_000_000_000_000_000)
                actions.append(event.action)
                if event.action == .destroy { break }
            }
            let known = actions.filter { if case .other = $0 { false } else { true } }
            #expect(known == [.create, .start, .die(exitCode: 3), .destroy])
        }
    }

    @Test("events of the past", arguments: engines)
    func pastEvents(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let since = Int64(Date().timeIntervalSince1970 * 1e9)
            let name = try await scratch.container("exit 3")
            try await client.startContainer(name)
            _ = try await client.waitForContainer(name)
            let past = try await client.events(labels: [scratch.label], types: ["container"], since: since)
            let first = try await past.first { _ in true }
            #expect(first?.action == .create)
        }
    }

    @Test("volumes: create, find, list, mount, remove", arguments: engines)
    func volumes(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let volume = "\(scratch.prefix)-volume"
            scratch.later { try await client.removeVolume(volume, force: true) }
            let made = try await client.createVolume(volume, labels: scratch.labels)
            #expect(made.name == volume)
            #expect(try await client.inspectVolume(volume).labels?["enginetest"] == scratch.prefix)
            #expect(try await client.listVolumes(labels: [scratch.label]).map(\.name) == [volume])

            let image = try await scratch.image()
            for (script, name) in [("echo kept > /v/file", "writer"), ("cat /v/file", "reader")] {
                let container = try await scratch.container(script, name: name, image: image) {
                    $0.host.mounts = [.volume(volume, at: "/v", readOnly: name == "reader")]
                }
                try await client.startContainer(container)
                #expect(try await client.waitForContainer(container) == 0)
                if name == "reader" { #expect(try await text(client.containerLogs(container)).output == "kept\n") }
                if name == "reader" {
                    let busy = await #expect(throws: EngineError.self) { try await client.removeVolume(volume) }
                    #expect(busy?.isConflict == true)
                }
                try await client.removeContainer(container, force: true)
            }
            try await client.removeVolume(volume)
            let gone = await #expect(throws: EngineError.self) { try await client.inspectVolume(volume) }
            #expect(gone?.isNotFound == true)
        }
    }
}
