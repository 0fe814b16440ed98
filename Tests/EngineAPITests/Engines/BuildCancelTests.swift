import Foundation
import Synchronization
import Testing

@testable import EngineAPI

/// What an engine has of containers and images without a name, to be compared.
private struct Inventory {
    let containers: Set<String>
    let unnamed: Set<String>

    init(_ client: EngineClient, _ flavor: EngineFlavor) async throws {
        struct Container: Decodable {
            let id: String
            enum CodingKeys: String, CodingKey {
                case id = "Id"
            }
        }
        // Podman hides its builder's containers, but for those who ask by its own name.
        let target =
            flavor == .podman
            ? Target("/libpod/containers/json").with("all", "true").with("external", "true")
            : Target("/containers/json").with("all", true)
        let listed: [Container] = try await client.repeating { () throws(EngineError) in
            try await client.value(.get, target)
        }
        containers = Set(listed.map(\.id))
        unnamed = Set(try await client.listImages(labels: [], all: true).filter { $0.tags.isEmpty }.map(\.id))
    }
}

/// The processes whose arguments are these, of all containers there are.
func processes(running arguments: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.filter { name in
        guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
            return false
        }
        let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.joined(separator: " ") == arguments
    }
}

@Suite("cancelling a build")
struct BuildCancelTests {
    static let cases: [(EngineFlavor, BuilderChoice)] = engines.flatMap { flavor in
        flavor == .docker ? [(flavor, .automatic), (flavor, .classic)] : [(flavor, .automatic)]
    }

    @Test("ends the step that runs and leaves nothing", arguments: cases)
    func cancel(flavor: EngineFlavor, choice: BuilderChoice) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let base = try await scratch.image()
            let tag = "localhost/\(scratch.prefix)-cancelled:v1"
            var spec = BuildSpec(tags: [tag])
            spec.builder = choice
            // A number that no other test's program sleeps for.
            let seconds = "300.\(UInt32.random(in: 100_000_000...999_999_999))"
            var tar = Tar()
            tar.add(
                file: "Dockerfile",
                """
                FROM \(base)
                RUN echo \(scratch.prefix) > /one
                RUN (exec sleep \(seconds)) & exec sleep \(seconds)

                """)
            let before = try await Inventory(client, flavor)
            let context = tar.finished
            let build = Task { [spec] in try await client.buildImage(spec, context: .bytes(context)) }
            var running: [String] = []
            for _ in 0..<600 where running.count < 2 {
                try await Task.sleep(for: .milliseconds(50))
                running = processes(running: "sleep \(seconds)")
            }
            #expect(running.count == 2, "the step did not begin")

            build.cancel()
            for _ in 0..<600 where !running.isEmpty {
                try await Task.sleep(for: .milliseconds(50))
                running = processes(running: "sleep \(seconds)")
            }
            #expect(running.isEmpty, "the step goes on")
            #expect(await build.result.error as? EngineError == .cancelled)

            let mine = { (image: ImageSummary) in image.tags.contains(tag) }
            #expect(try await client.listImages(labels: [], all: true).contains(where: mine) == false)
            // Engines remove what a step ran in after the step's end.
            var left: Set<String> = []
            for attempt in 0..<600 where attempt == 0 || !left.isEmpty {
                try await Task.sleep(for: .milliseconds(100))
                let now = try await Inventory(client, flavor)
                left = now.containers.subtracting(before.containers)
                    .union(now.unnamed.subtracting(before.unnamed))
                left = try await left.asyncFilter { try await scratch.isOurs($0) }
            }
            #expect(left.isEmpty)
        }
    }

    @Test("a step that fails leaves no container", arguments: cases)
    func failure(flavor: EngineFlavor, choice: BuilderChoice) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let base = try await scratch.image()
            var spec = BuildSpec(tags: ["localhost/\(scratch.prefix)-failed:v1"])
            spec.networkMode = "none"
            spec.builder = choice
            var tar = Tar()
            tar.add(file: "Dockerfile", "FROM \(base)\nRUN echo one > /one\nRUN exit 7\n")
            let before = try await Inventory(client, flavor)
            let context = tar.finished
            await #expect(throws: EngineError.self) { try await client.buildImage(spec, context: .bytes(context)) }
            let left = try await Inventory(client, flavor).containers.subtracting(before.containers)
            #expect(try await left.asyncFilter { try await scratch.isOurs($0) }.isEmpty)
        }
    }
}

extension Result {
    var error: (any Error)? {
        if case .failure(let error) = self { return error }
        return nil
    }
}

extension Set {
    func asyncFilter(_ isIncluded: (Element) async throws -> Bool) async throws -> Set {
        var result: Set = []
        for element in self where try await isIncluded(element) { result.insert(element) }
        return result
    }
}

extension Scratch {
    /// Whether a container or image is made of this test's image: other programs use the engine as well. What cannot be
    /// looked at is taken for ours, unless it is gone.
    func isOurs(_ id: String) async throws -> Bool {
        struct Container: Decodable {
            let id: String
            let image: String?
            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case image = "Image"
            }
        }
        if id.hasPrefix("sha256:") {
            let images = try await client.listImages(labels: [label], all: true)
            return images.contains { $0.id == id }
        }
        let target =
            flavor == .podman
            ? Target("/libpod/containers/json").with("all", "true").with("external", "true")
            : Target("/containers/json").with("all", true)
        let listed: [Container] = try await client.repeating { () throws(EngineError) in
            try await client.value(.get, target)
        }
        guard let container = listed.first(where: { $0.id == id }) else { return false }
        let image = container.image ?? ""
        if image.contains(prefix) { return true }
        // A step's container may be of an image without a name: ours where that has our label.
        guard let details = try? await client.inspectImage(image) else { return image.contains("-tmp") }
        return details.config.labels?["enginetest"] == prefix
    }
}
