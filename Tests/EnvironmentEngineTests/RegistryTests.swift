import EngineAPI
import Foundation
import ImageLibrary
import System
import TaskModel
import TestSupport
import Testing

@testable import Environments

extension EnvironmentEngineTests {
    /// A real registry, on the loopback.
    @Suite struct RegistryTests {
        private func inRegistry(
            _ engine: TestEngine, _ body: (EngineWorld, _ name: String) async throws -> Void
        ) async throws {
            try await inWorld(engine) { world in
                let registry = try await Registry(wantsLogin: false)
                let name = "\(registry.address)/tests/base:v1"
                defer {
                    _ = try? engine.run(["rmi", "-f", name])
                    forget("\(registry.address)/tests/base", engine)
                    registry.stop()
                }
                try push(world.base, as: name, engine)
                try await body(world, name)
            }
        }

        /// Takes the digests that images had there from the engine: one of the images is every test's.
        private func forget(_ repository: String, _ engine: TestEngine) {
            let words = ["images", "--digests", "--format", "{{.Repository}}@{{.Digest}}", repository]
            for digest in Set((try? engine.run(words).outputText.split(separator: "\n")) ?? []) {
                _ = try? engine.run(["rmi", String(digest)])
            }
        }

        /// Puts an image into the registry, and takes its name there away from the engine.
        private func push(_ image: String, as name: String, _ engine: TestEngine) throws {
            for words in [["tag", image, name], ["push", "-q", name], ["rmi", name]] {
                let done = try engine.run(words)
                try #require(done.succeeded, "\(words): \(done.errorText)")
            }
        }

        private func reference(_ name: String, _ pull: PullMode) -> ImageRequest {
            var request = ImageRequest(ImageDefinition(name: name, origin: .reference, base: .reference(name)))
            request.pull = pull
            return request
        }

        @Test(
            "an image is pulled where it is missing, known by its digest, and asked for anew", arguments: TestEngine.all
        )
        func pulls(engine: TestEngine) async throws {
            try await inRegistry(engine) { world, name in
                let refused = try await world.failure(reference(name, .never))
                #expect(refused.message.contains("nothing is to be pulled"), "\(refused)")
                let first = try await world.image(reference(name, .missing))
                let repository = String(name.dropLast(3))
                #expect(first.digest?.hasPrefix("\(repository)@sha256:") == true, "\(String(describing: first.digest))")

                let containerfile = "FROM \(name)\nRUN echo there > /word\n"
                let project = try await world.image(try world.project(containerfile))
                // Another one has the name now, in the registry only.
                let newer = try await world.image(try world.project("FROM \(world.base)\nRUN echo new > /newer\n"))
                try push(newer.id, as: name, engine)
                // Docker keeps the old one under no name, and the name is gone: what is missing is the newer one.
                try engine.run(["tag", first.id, name])
                #expect(try await world.image(reference(name, .missing)).id == first.id)
                #expect(try await world.image(try world.project(containerfile)) == project)
                #expect(try await world.image(reference(name, .always)).id != first.id)
                let told = Told()
                let again = try await world.image(try world.project(containerfile), told)
                #expect(again.id != project.id)
                #expect(told.reasons.contains { $0.contains("'\(name)'") || $0.contains(name) }, "\(told.reasons)")
                #expect(try world.output(again.id, "cat", "/newer", "/word") == "new\nthere\n")
            }
        }

        @Test(
            "a base of packages goes on top of the registry's image where a registry answers", arguments: TestEngine.all
        )
        func packages(engine: TestEngine) async throws {
            try await inRegistry(engine) { world, name in
                let packages = PackageBase(registry: name, packages: ["tree"], omit: [])
                let definition = ImageDefinition(
                    name: "packaged", origin: .library(world.root), base: .packages(packages))
                let told = Told()
                let image = try await world.image(ImageRequest(definition), told)
                #expect(image.digest?.contains("@sha256:") == true)
                #expect(try world.output(image.id, "tree", "--version").hasPrefix("tree v"))
                // It is the registry's image, with what is in it.
                #expect(try world.output(image.id, "git", "--version").hasPrefix("git version"))
                let again = Told()
                #expect(try await world.image(ImageRequest(definition), again) == image)
                #expect(again.began == [])
            }
        }
    }
}
