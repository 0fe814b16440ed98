import Foundation
import Synchronization
import Testing

@testable import EngineAPI

/// The engines that these tests run on: `TASK_TEST_ENGINES`, names with commas between. One that is named and cannot
/// be reached fails its tests.
let engines: [EngineFlavor] = (ProcessInfo.processInfo.environment["TASK_TEST_ENGINES"] ?? "docker,podman")
    .split(separator: ",").map { name in
        guard let flavor = EngineFlavor(rawValue: String(name)) else {
            preconditionFailure("TASK_TEST_ENGINES names \"\(name)\"")
        }
        return flavor
    }

/// A test's own corner of an engine: a prefix for every name, and what is to be removed at the end.
final class Scratch: Sendable {
    let client: EngineClient
    let flavor: EngineFlavor
    let prefix: String
    private let cleanups = Mutex<[@Sendable () async throws -> Void]>([])

    private init(_ client: EngineClient, _ flavor: EngineFlavor) {
        self.client = client
        self.flavor = flavor
        prefix = "enginetest-\(UUID().uuidString.prefix(8).lowercased())"
    }

    /// Runs a test and removes what it made, the last thing first, also when it fails.
    static func with(_ flavor: EngineFlavor, _ body: (Scratch) async throws -> Void) async throws {
        let endpoint = try await EngineDiscovery.discover(flavor)
        let scratch = Scratch(EngineClient(endpoint), flavor)
        do {
            try await body(scratch)
        } catch {
            await scratch.clean()
            throw error
        }
        await scratch.clean()
    }

    var label: String { "enginetest=\(prefix)" }

    var labels: [String: String] { ["enginetest": prefix] }

    func later(_ cleanup: @escaping @Sendable () async throws -> Void) {
        cleanups.withLock { $0.append(cleanup) }
    }

    private func clean() async {
        // Last of all what builds leave between their steps: images without a name, with the labels of their base.
        let sweep: @Sendable () async throws -> Void = { [client, label] in
            for image in try await client.listImages(labels: [label]) {
                try await client.removeImage(image.id, force: true)
            }
        }
        for cleanup in cleanups.withLock({ $0.reversed() }) + [sweep] {
            do {
                try await cleanup()
            } catch let error as EngineError where error.isNotFound {
            } catch {
                Issue.record("could not clean up: \(error)")
            }
        }
    }

    /// An image with busybox in it.
    func image(_ name: String = "image", changes: [String] = []) async throws -> String {
        let reference = "localhost/\(prefix)-\(name):v1"
        later { [client] in try await client.removeImage(reference, force: true) }
        let tar = try Tar.busybox()
        _ = try await client.importImage(
            reference, from: .bytes(tar), changes: ["LABEL enginetest=\(prefix)"] + changes)
        return reference
    }

    /// A container of that image, not started, which runs a shell script.
    func container(
        _ script: String, name: String = "container", image: String? = nil,
        _ change: (inout ContainerSpec) -> Void = { _ in }
    ) async throws -> String {
        let image = if let image { image } else { try await self.image() }
        var spec = ContainerSpec(image: image, command: ["/bin/sh", "-c", script])
        spec.labels = labels
        spec.host.networkMode = "none"
        change(&spec)
        let name = "\(prefix)-\(name)"
        later { [client] in try await client.removeContainer(name, force: true) }
        _ = try await client.createContainer(spec, name: name)
        return name
    }
}

/// What a stream says, as text, by channel.
func text(_ stream: ProgramOutput) async throws -> (output: String, error: String) {
    var output: [UInt8] = []
    var error: [UInt8] = []
    for try await chunk in stream {
        switch chunk.channel {
        case .output: output += chunk.bytes
        case .error: error += chunk.bytes
        }
    }
    return (String(decoding: output, as: UTF8.self), String(decoding: error, as: UTF8.self))
}
