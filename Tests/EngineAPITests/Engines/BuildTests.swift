import Foundation
import Testing

@testable import EngineAPI

@Suite("build")
struct BuildTests {
    private func context(_ base: String, _ lines: String) -> [UInt8] {
        var tar = Tar()
        tar.add(file: "Dockerfile", "FROM \(base)\n\(lines)\n")
        tar.add(file: "file", "content\n")
        return tar.finished
    }

    /// The name of each step that an event of this kind speaks of.
    private func steps(
        _ events: [BuildProgress], _ step: (BuildProgress) -> String?
    ) -> [String] {
        let names = Dictionary(
            events.compactMap { event -> (String, String)? in
                if case .started(let step, let name) = event { return (step, name) }
                return nil
            }, uniquingKeysWith: { first, _ in first })
        return events.compactMap(step).map { names[$0] ?? "?" }
    }

    @Test("progress of a fresh build, then of a cached one", arguments: engines)
    func progress(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let base = try await scratch.image()
            let tag = "localhost/\(scratch.prefix)-built:v1"
            scratch.later { try await client.removeImage(tag, force: true) }
            var spec = BuildSpec(tags: [tag])
            spec.arguments = ["WORD": "spoken"]
            spec.labels = scratch.labels
            spec.networkMode = "none"
            let context = context(
                base, "ARG WORD\nCOPY file /\(scratch.prefix)\nRUN echo the word is $WORD; echo twice >&2")

            var events: [BuildProgress] = []
            let id = try await client.buildImage(spec, context: .bytes(context)) { events.append($0) }
            #expect(id.hasPrefix("sha256:"))
            let details = try await client.inspectImage(tag)
            #expect(details.id == id)
            #expect(details.config.labels?["enginetest"] == scratch.prefix)
            let logs = events.compactMap { if case .log(_?, let text) = $0 { text } else { nil } }
            #expect(logs.contains("the word is spoken"))
            #expect(logs.contains("twice"))
            let finished = steps(events) { if case .finished(let step) = $0 { step } else { nil } }
            #expect(finished.contains { $0.contains("RUN ") && $0.contains("the word is") })
            #expect(finished.contains { $0.contains("COPY file") })

            events = []
            let again = try await client.buildImage(spec, context: .bytes(context)) { events.append($0) }
            #expect(again == id)
            let cached = steps(events) { if case .cached(let step) = $0 { step } else { nil } }
            #expect(cached.contains { $0.contains("RUN ") && $0.contains("the word is") })
            #expect(!events.contains { if case .log(_, "twice") = $0 { true } else { false } })
        }
    }

    @Test("a RUN that fails names its step and fails the build", arguments: engines)
    func failure(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let base = try await scratch.image()
            let tag = "localhost/\(scratch.prefix)-failed:v1"
            var spec = BuildSpec(tags: [tag])
            spec.networkMode = "none"
            var events: [BuildProgress] = []
            let context = context(base, "RUN echo before; : \(scratch.prefix); exit 41\nRUN echo never")
            let error = await #expect(throws: EngineError.self) {
                try await client.buildImage(spec, context: .bytes(context)) { events.append($0) }
            }
            guard case .response(200, let message, "POST /build") = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(message.contains("41"))
            let failed = steps(events) { if case .failed(let step, _) = $0 { step } else { nil } }
            #expect(failed.count == 1)
            #expect(failed.first?.contains("exit 41") == true)
            #expect(events.contains { if case .log(_, "before") = $0 { true } else { false } })
            let image = await #expect(throws: EngineError.self) { try await client.inspectImage(tag) }
            #expect(image?.isNotFound == true)
        }
    }

    @Test("a context whose source fails builds nothing", arguments: engines)
    func failingSource(flavor: EngineFlavor) async throws {
        struct Broken: Error {}
        try await Scratch.with(flavor) { scratch in
            let client = scratch.client
            let base = try await scratch.image()
            let tag = "localhost/\(scratch.prefix)-built:v1"
            scratch.later { try await client.removeImage(tag, force: true) }
            let context = context(base, "COPY file /\(scratch.prefix)")
            var spec = BuildSpec(tags: [tag])
            spec.labels = ["half": scratch.prefix]
            let upload = Upload.writing { writer in
                // Without the end of the archive.
                try await writer.write(Array(context.dropLast(1024)))
                try await Task.sleep(for: .milliseconds(50))
                throw Broken()
            }
            let error = await #expect(throws: EngineError.self) { try await client.buildImage(spec, context: upload) }
            #expect(error == .request(route: "POST /build", reason: "Broken()"))
            try await Task.sleep(for: .seconds(1))
            #expect(try await client.listImages(labels: ["half=\(scratch.prefix)"]).isEmpty)
        }
    }

    @Test("a Dockerfile that is none, or is not there", arguments: engines)
    func invalid(flavor: EngineFlavor) async throws {
        try await Scratch.with(flavor) { scratch in
            var empty = Tar()
            empty.add(file: "other", "x")
            var nonsense = Tar()
            nonsense.add(file: "Dockerfile", "FROM scratch\nBOGUS x\n")
            for tar in [empty.finished, nonsense.finished] {
                let error = await #expect(throws: EngineError.self) {
                    try await scratch.client.buildImage(
                        BuildSpec(tags: ["localhost/\(scratch.prefix):v1"]), context: .bytes(tar))
                }
                guard case .response(_, let message, "POST /build") = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(!message.isEmpty)
            }
        }
    }
}
