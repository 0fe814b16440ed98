import Foundation
import Testing

@testable import EngineAPI

@Suite("exec")
struct ExecTests {
    /// A container that runs, and is asked to end by a signal.
    private static func running(_ scratch: Scratch) async throws -> String {
        let name = try await scratch.container("trap 'exit 0' TERM; while :; do sleep 0.1; done")
        try await scratch.client.startContainer(name)
        return name
    }

    @Test("exit status, both channels, environment, user, directory", arguments: engines)
    func oneShot(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let name = try await Self.running(scratch)
            var spec = ExecSpec(["sh", "-c", "echo \"$A $(id -u) $PWD\"; echo bad >&2; exit 9"])
            spec.environment = ["A=b c"]
            spec.user = "77"
            spec.workingDirectory = "/tmp"
            let result = try await scratch.client.runExec(in: name, spec)
            #expect(result.exitCode == 9)
            #expect(String(decoding: result.output, as: UTF8.self) == "b c 77 /tmp\n")
            #expect(String(decoding: result.error, as: UTF8.self) == "bad\n")
            #expect(!result.isTruncated)
        }
    }

    @Test("output beyond the bound is thrown away and the exit status still told", arguments: engines)
    func bounded(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let name = try await Self.running(scratch)
            let spec = ExecSpec(["sh", "-c", "yes | head -c 3000000; exit 4"])
            let result = try await scratch.client.runExec(in: name, spec, limit: 1000)
            #expect(result.exitCode == 4)
            #expect(result.output == Array(String(repeating: "y\n", count: 500).utf8))
            #expect(result.error.isEmpty)
            #expect(result.isTruncated)
        }
    }

    @Test("started and left", arguments: engines)
    func detached(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let name = try await Self.running(scratch)
            let id = try await client.startExec(
                in: name, ExecSpec(["sh", "-c", "sleep 2; echo done > /tmp/mark; exit 6"]))
            #expect(try await client.inspectExec(id).isRunning)
            if flavor == .docker {
                var state = try await client.inspectExec(id)
                for _ in 0..<1200 where state.isRunning {
                    try await Task.sleep(for: .milliseconds(50))
                    state = try await client.inspectExec(id)
                }
                #expect(state.exitCode == 6)
            }
            // Podman calls a detached exec running for long after its end: what it has left behind tells more.
            var mark = try await client.runExec(in: name, ExecSpec(["cat", "/tmp/mark"]))
            for _ in 0..<600 where mark.output.isEmpty {
                try await Task.sleep(for: .milliseconds(100))
                mark = try await client.runExec(in: name, ExecSpec(["cat", "/tmp/mark"]))
            }
            #expect(mark.output == Array("done\n".utf8))
        }
    }

    @Test("a terminal: typed, echoed, resized, ended", arguments: engines)
    func terminal(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let name = try await Self.running(scratch)
            let terminal = try await client.attachExec(in: name, ExecSpec(["sh"]))
            try await client.resizeExec(terminal.id, rows: 33, columns: 121)
            type("stty size; test -t 0 && echo is-a-terminal; exit 12\n", into: terminal.descriptor)
            let screen = try await readAll(terminal.descriptor)
            #expect(screen.contains("33 121\r\n"))
            #expect(screen.contains("is-a-terminal\r\n"))
            var state = try await client.inspectExec(terminal.id)
            for _ in 0..<3000 where state.isRunning {
                try await Task.sleep(for: .milliseconds(20))
                state = try await client.inspectExec(terminal.id)
            }
            #expect(state.exitCode == 12)
        }
    }

    @Test("an exec in a container that does not run is refused", arguments: engines)
    func refused(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let name = try await scratch.container("true")
            for attempt in 0..<2 {
                let error = await #expect(throws: EngineError.self) {
                    if attempt == 0 { _ = try await scratch.client.runExec(in: name, ExecSpec(["true"])) }
                    if attempt == 1 { _ = try await scratch.client.attachExec(in: name, ExecSpec(["true"])) }
                }
                guard case .response(let status, _, _) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                // Podman 4 says 500 for the one it notices itself.
                #expect(status == 409 || flavor == .podman)
            }
        }
    }

    @Test("a terminal that is refused after the exec was made says why", arguments: engines)
    func hijackRefused(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let target = try #require(Target("/exec", name: String(repeating: "0", count: 64), "/start"))
            let request = try await scratch.client.request(
                .post, target, body: .json(Array("{\"Detach\":false,\"Tty\":true}".utf8)), timeout: .seconds(5),
                covers: .head)
            let error = await #expect(throws: EngineError.self) {
                try await Hijack(request, scratch.client.address).connect()
            }
            #expect(error?.isNotFound == true)
            #expect(error?.description.lowercased().contains("no such exec") == true)
        }
    }

    private func type(_ text: String, into descriptor: Int32) {
        var bytes = Array(text.utf8)
        #expect(write(descriptor, &bytes, bytes.count) == bytes.count)
    }

    /// Everything until the other side closes, waiting ten seconds at most.
    private func readAll(_ descriptor: Int32) async throws -> String {
        try await Task.detached {
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 4096)
            while true {
                var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                try #require(poll(&state, 1, 10_000) == 1)
                let count = read(descriptor, &piece, piece.count)
                guard count > 0 else { return String(decoding: all, as: UTF8.self) }
                all += piece.prefix(count)
            }
        }.value
    }
}
