import Foundation
import ImageLibrary
import System
import TaskModel
import Testing

@testable import Environments

extension EnvironmentEngineTests {
    @Suite struct LayerTests {
        /// A library with an agent whose program is one file, made in an image of its own.
        private func library(_ world: EngineWorld) throws -> ImageLibrary {
            func put(_ path: String, _ text: String) throws {
                let full = "\(world.root)/library/\(path)"
                try Files.makeDirectory(Files.parent(of: full))
                try Data(text.utf8).write(to: URL(filePath: full))
            }
            try put("tools/Containerfile", "ARG BASE\nFROM ${BASE}\nRUN echo tool > /tool\n")
            try put("tools/image.json", #"{"version":1,"purpose":"t","base":"\#(world.base)"}"#)
            try put(
                "robot/Containerfile",
                """
                ARG BASE
                ARG TOOLS
                FROM ${TOOLS} AS fetch
                ARG VERSION
                RUN cat /tool > /robot && echo "$VERSION" >> /robot
                FROM ${BASE}
                COPY --from=fetch /robot /robot

                """)
            try put(
                "robot/image.json",
                """
                {"version":1,"purpose":"r","base":"tools","uses":{"TOOLS":"tools"},"arguments":{"VERSION":"1"},
                 "agent":"robot","smoke":["/bin/sh","-c","test -s /robot"]}
                """)
            try put("robot/agent.json", #"{"version":1,"purpose":"r","command":["/robot"]}"#)
            return ImageLibrary(installed: "\(world.root)/library", configuration: "\(world.root)/config")
        }

        @Test("environment, additions, agent: a newer agent touches nothing below it", arguments: TestEngine.all)
        func chain(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let library = try library(world)
                // Somebody whom the base image does not know.
                let user = AgentUser(callerUser: 4321, callerGroup: 4321)
                func request(_ version: String) throws -> ImageRequest {
                    var request = try world.project("FROM \(world.base)\nRUN echo project > /project\n")
                    request.user = user
                    request.agent = try library.definition("robot")
                    request.agent?.build?.arguments["VERSION"] = version
                    request.agentVersion = version
                    return request
                }
                let service = world.service
                let first = Told()
                let image = try await service.image(try request("1"), library: library) { first.listen($0) }
                #expect(first.began == ["project", "task's additions", "tools", "agent robot"], "\(first.events)")
                #expect(image.agent == ImageAgent(name: "robot", version: "1", key: image.key ?? ""))
                #expect(image.definition == "project" && image.added?.count == 1, "\(image)")
                #expect(
                    try world.output(image.id, "sh", "-c", "cat /project /robot; id -un 4321")
                        == "project\ntool\n1\ntask-agent\n")

                let again = Told()
                let start = ContinuousClock.now
                #expect(try await service.image(try request("1"), library: library) { again.listen($0) } == image)
                print("cached chain on \(engine): \(ContinuousClock.now - start)")
                #expect(again.events == [])

                let newer = Told()
                let other = try await service.image(try request("2"), library: library) { newer.listen($0) }
                #expect(newer.began == ["agent robot"], "\(newer.events)")
                #expect(newer.reasons[0].contains("VERSION"), "\(newer.reasons)")
                #expect(other.id != image.id && other.agent?.version == "2")
                #expect(try world.output(other.id, "cat", "/robot") == "tool\n2\n")

                let reasons = try await service.why(try request("3"), library: library)
                #expect(reasons.map(\.layer) == ["project", "task's additions", "tools", "agent robot"])
                #expect(reasons.map(\.isCurrent) == [true, true, true, false])
                #expect(reasons[3].changes.count == 1 && reasons[3].changes[0].contains("VERSION"), "\(reasons[3])")

                // All that the last layer's key depends on is known by it.
                let stored = try await service.images(sizes: false)
                let last = try #require(stored.first { $0.id == other.id })
                let ours = stored.filter { ["project", "tools"].contains($0.definition) && $0.layer != "agent" }
                #expect(ours.count == 3 && Set(ours.map(\.id)).isSubset(of: last.parents), "\(last.parents)")
                #expect(last.agentVersion == "2" && last.layer == "agent")

                // It goes to a machine that has none of it, and nothing is made there.
                try await world.export(other.reference)
                for image in try world.images() { try engine.run(["rmi", "-f", image]) }
                #expect(try world.images() == [])
                let place = try #require(Place(rawValue: engine.rawValue))
                let elsewhere = try EnvironmentService(
                    place: place, socket: service.socket, stateRoot: "\(world.root)/elsewhere")
                _ = try await elsewhere.importImages(from: world.archive())
                let there = Told()
                let carried = try await elsewhere.image(try request("2"), library: library) { there.listen($0) }
                #expect(carried.id == other.id && there.began == [], "\(there.events)")
            }
        }

        @Test("a base of packages, and the lists of packages that it can fetch", arguments: TestEngine.all)
        func packages(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let base = try await world.image(ImageRequest(world.library.definition("base")))
                #expect(base.definition == "base")
                let script =
                    "command -v apt-get && cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null; true"
                let text = try world.output(base.id, "sh", "-c", script)
                let suite = try HostRelease.read().suite
                #expect(text.contains("deb") && text.contains(suite), "\(text)")
            }
        }
    }
}
