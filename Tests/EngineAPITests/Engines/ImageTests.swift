import Foundation
import Synchronization
import Testing

@testable import EngineAPI

@Suite("images")
struct ImageTests {
    @Test("import, inspect, list, tag, remove", arguments: engines)
    func life(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let reference = try await scratch.image(changes: [
                "ENV A=b", "USER 55", "WORKDIR /tmp", "CMD [\"/bin/env\"]",
            ])
            let details = try await client.inspectImage(reference)
            #expect(details.id.hasPrefix("sha256:"))
            #expect(details.tags.contains(reference))
            #expect(details.config.labels?["enginetest"] == scratch.prefix)
            #expect(details.config.environment?.contains("A=b") == true)
            #expect(details.config.user == "55")
            #expect(details.config.workingDirectory == "/tmp")
            #expect(details.config.command == ["/bin/env"])
            #expect(details.os == "linux")

            let listed = try await client.listImages(labels: [scratch.label])
            #expect(listed.map(\.id) == [details.id])
            #expect(listed.first?.tags == [reference])

            let second = "localhost/\(scratch.prefix)-second:v2"
            scratch.later { try await client.removeImage(second) }
            try await client.tagImage(reference, as: second)
            #expect(try await client.inspectImage(second).id == details.id)
            try await client.removeImage(reference)
            #expect(try await client.inspectImage(second).tags == [second])
            let gone = await #expect(throws: EngineError.self) { try await client.inspectImage(reference) }
            #expect(gone?.isNotFound == true)
        }
    }

    @Test("import from a pipe whose writer is slow", arguments: engines)
    func pipe(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let pipe = Pipe()
            let tar = try Tar.busybox()
            let writer = Thread {
                for start in stride(from: 0, to: tar.count, by: 500_000) {
                    usleep(20_000)
                    try? pipe.fileHandleForWriting.write(contentsOf: tar[start..<min(tar.count, start + 500_000)])
                }
                try? pipe.fileHandleForWriting.close()
            }
            writer.start()
            let reference = "localhost/\(scratch.prefix)-pipe:v1"
            scratch.later { [client = scratch.client] in try await client.removeImage(reference, force: true) }
            let id = try await scratch.client.importImage(
                reference, from: .descriptor(pipe.fileHandleForReading.fileDescriptor))
            let name = try await scratch.container("echo it runs", image: id)
            try await scratch.client.startContainer(name)
            #expect(try await scratch.client.waitForContainer(name) == 0)
        }
    }

    @Test("import from a closure and from a sequence", arguments: engines)
    func sources(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            var tar = Tar()
            tar.add(file: "file", String(repeating: scratch.prefix, count: 100_000))
            let bytes = tar.finished
            let pieces = stride(from: 0, to: bytes.count, by: 99_999).map {
                Array(bytes[$0..<min($0 + 99_999, bytes.count)])
            }
            let sequence = AsyncStream<[UInt8]> { continuation in
                for piece in pieces { continuation.yield(piece) }
                continuation.finish()
            }
            let rest = Mutex(pieces)
            let closure = Upload.pulling { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
            for (name, upload) in [("sequence", Upload.sequence(sequence)), ("closure", closure)] {
                let reference = "localhost/\(scratch.prefix)-\(name):v1"
                scratch.later { try await client.removeImage(reference, force: true) }
                let id = try await client.importImage(reference, from: upload)
                let details = try await client.inspectImage(reference)
                #expect(details.id == id)
                #expect(details.size ?? 0 >= 100_000 * scratch.prefix.utf8.count)
            }
        }
    }

    @Test("a body whose source fails ends the request, and nothing gets the name", arguments: engines)
    func failingSource(flavor: EngineFlavor) async throws {
        struct Broken: Error {}
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let reference = "localhost/\(scratch.prefix)-broken:v1"
            let start = try Tar.busybox().prefix(100_000)
            let upload = Upload.writing { writer in
                try await writer.write(Array(start))
                throw Broken()
            }
            let error = await #expect(throws: EngineError.self) {
                try await client.importImage(reference, from: upload, changes: ["LABEL \(scratch.label)"])
            }
            #expect(error == .request(route: importRoute(flavor), reason: "Broken()"))
            // Podman goes on with what it has, for a while.
            var left: [ImageSummary] = []
            for _ in 0..<(flavor == .podman ? 50 : 5) where left.isEmpty {
                try await Task.sleep(for: .milliseconds(100))
                left = try await client.listImages(labels: [scratch.label])
            }
            #expect(left.allSatisfy { $0.tags.isEmpty })
            let image = await #expect(throws: EngineError.self) { try await client.inspectImage(reference) }
            #expect(image?.isNotFound == true)
        }
    }

    @Test("what is no tar is refused by the engine", arguments: engines)
    func garbage(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let reference = "localhost/\(scratch.prefix)-garbage:v1"
            scratch.later { [client = scratch.client] in try await client.removeImage(reference, force: true) }
            let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
            let error = await #expect(throws: EngineError.self) {
                try await scratch.client.importImage(reference, from: .bytes(bytes))
            }
            guard case .response(_, let message, importRoute(flavor)) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!message.isEmpty)
        }
    }

    @Test("a pull that cannot be done fails with the engine's words", arguments: engines)
    func pull(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            // Nothing listens on the discard port, so no network is asked.
            let error = await #expect(throws: EngineError.self) {
                try await scratch.client.pullImage("localhost:9/\(scratch.prefix):v1")
            }
            guard case .response(_, let message, "POST /images/create") = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(message.contains("localhost:9"))
        }
    }
}

/// The route that an engine imports images by.
private func importRoute(_ flavor: EngineFlavor) -> String {
    flavor == .podman ? "POST /libpod/images/import" : "POST /images/create"
}
