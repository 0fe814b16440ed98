import Foundation
import Testing

@testable import EngineAPI

@Suite("archives, snapshots and sizes")
struct ArchiveTests {
    @Test("export, remove, load: the same image under the same name", arguments: engines)
    func roundTrip(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let reference = try await scratch.image(changes: ["ENV A=b"])
            let before = try await client.inspectImage(reference)
            var archive: [UInt8] = []
            try await client.exportImages([reference]) { archive += $0 }
            #expect(archive.count > 1_000_000)
            try await client.removeImage(reference, force: true)
            await #expect(throws: EngineError.self) { try await client.inspectImage(reference) }

            let bytes = archive
            #expect(try await client.loadImages(from: .bytes(bytes)) == [reference])
            let after = try await client.inspectImage(reference)
            #expect(after.id == before.id)
            #expect(after.layers == before.layers)
            #expect(after.layers.count == 1)
            #expect(after.config.environment?.contains("A=b") == true)
        }
    }

    @Test("several images in one archive, and one without a name", arguments: engines)
    func several(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let references = [try await scratch.image("one"), try await scratch.image("two", changes: ["ENV C=d"])]
            var archive: [UInt8] = []
            try await client.exportImages(references) { archive += $0 }
            for reference in references { try await client.removeImage(reference, force: true) }
            let bytes = archive
            #expect(Set(try await client.loadImages(from: .bytes(bytes))) == Set(references))

            let id = try await client.inspectImage(references[0]).id
            archive = []
            try await client.exportImages([id]) { archive += $0 }
            try await client.removeImage(references[0], force: true)
            let unnamed = archive
            #expect(try await client.loadImages(from: .bytes(unnamed)) == [id])
        }
    }

    @Test("an export of what is not there, a writer that fails, and an archive that is none", arguments: engines)
    func faults(flavor: EngineFlavor) async throws {
        struct Full: Error {}
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let reference = try await scratch.image()
            let missing = await #expect(throws: EngineError.self) {
                try await client.exportImages([reference, "localhost/\(scratch.prefix)-missing:v1"]) { _ in }
            }
            #expect(missing?.isNotFound == true)
            await #expect(throws: Full.self) { try await client.exportImages([reference]) { _ in throw Full() } }
            let garbage = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
            let refused = await #expect(throws: EngineError.self) {
                try await client.loadImages(from: .bytes(garbage))
            }
            guard case .response(_, let message, "POST /images/load") = refused else {
                Issue.record("\(String(describing: refused))")
                return
            }
            #expect(!message.isEmpty)
        }
    }

    @Test("a container's root as an image", arguments: engines)
    func commit(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let base = try await scratch.image(changes: ["ENV KEPT=yes"])
            let container = try await scratch.container("echo snapshot > /made", image: base)
            try await client.startContainer(container)
            #expect(try await client.waitForContainer(container) == 0)
            let tag = "localhost/\(scratch.prefix)-snapshot:v1"
            scratch.later { try await client.removeImage(tag, force: true) }
            let id = try await client.commitContainer(container, as: tag, changes: ["LABEL more=\(scratch.prefix)"])
            let details = try await client.inspectImage(tag)
            #expect(details.id == id)
            #expect(details.layers.count == 2)
            #expect(details.layers.first == (try await client.inspectImage(base).layers.first))
            #expect(details.config.labels?["more"] == scratch.prefix)
            #expect(details.config.labels?["enginetest"] == scratch.prefix)
            #expect(details.config.environment?.contains("KEPT=yes") == true)
            let reader = try await scratch.container("cat /made", name: "reader", image: tag)
            try await client.startContainer(reader)
            #expect(try await client.waitForContainer(reader) == 0)
            #expect(try await text(client.containerLogs(reader)).output == "snapshot\n")

            // What shares its layers shares its bytes.
            let usage = try await client.diskUsage()
            let size = try #require(usage.images[id])
            #expect(size.size > 1_000_000)
            #expect(size.shared > 1_000_000)
            #expect(size.shared <= size.size)
        }
    }

    @Test("a volume's bytes", arguments: engines)
    func volumes(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let volume = "\(scratch.prefix)-volume"
            scratch.later { try await client.removeVolume(volume, force: true) }
            _ = try await client.createVolume(volume, labels: scratch.labels)
            let container = try await scratch.container("head -c 3000000 /dev/zero > /data/file") {
                $0.host.mounts = [.volume(volume, at: "/data", readOnly: false)]
            }
            try await client.startContainer(container)
            #expect(try await client.waitForContainer(container) == 0)
            let size = try #require(try await client.diskUsage().volumes[volume])
            #expect((3_000_000..<3_200_000).contains(size))
        }
    }

    @Test("what engines write while they load")
    func loaded() {
        var loaded = LoadedImages()
        loaded.receive("Loaded image: localhost/a:v1\n")
        let id = String(repeating: "ab", count: 32)
        loaded.receive("Loaded image ID: sha256:\(id)\n")
        loaded.receive("Loaded image(s): localhost/b:v1, \(id)\nsomething else\n")
        #expect(loaded.names == ["localhost/a:v1", "sha256:\(id)", "localhost/b:v1", "sha256:\(id)"])
    }
}
