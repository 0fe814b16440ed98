import Foundation
import ImageLibrary
import System
import TaskModel
import Testing

@testable import Environments

extension EnvironmentEngineTests {
    @Suite struct CacheTests {
        @Test("a project's image is made once, and anew when a file of its context changes", arguments: TestEngine.all)
        func content(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                try world.write("word.txt", "one\n")
                let request = try world.project("FROM \(world.base)\nCOPY word.txt /word.txt\n")
                let first = Told()
                let image = try await world.image(request, first)
                #expect(first.began == ["project"] && first.reasons == ["new"])
                #expect(image.definition == "project" && image.engine?.rawValue == engine.rawValue)
                #expect(
                    image.reference
                        == "localhost/task-project:\(image.key?.prefix(16) ?? "")-\(world.service.owner.prefix(6))")
                #expect(try world.output(image.id, "cat", "/word.txt") == "one\n")
                #expect(try await world.service.why(request, library: world.library).map(\.isCurrent) == [true])

                let again = Told()
                #expect(try await world.image(request, again) == image)
                #expect(again.events == [])

                try world.write("word.txt", "two\n")
                let reasons = try await world.service.why(request, library: world.library)
                #expect(reasons.map(\.isCurrent) == [false])
                #expect(reasons[0].changes.count == 1 && reasons[0].changes[0].contains("word.txt"), "\(reasons)")
                let changed = Told()
                let other = try await world.image(request, changed)
                #expect(other.key != image.key && other.id != image.id)
                #expect(changed.reasons.count == 1 && changed.reasons[0].contains("word.txt"), "\(changed.reasons)")
                #expect(try world.output(other.id, "cat", "/word.txt") == "two\n")

                // What was there before still is, and is found again.
                try world.write("word.txt", "one\n")
                let back = Told()
                #expect(try await world.image(request, back) == image)
                #expect(back.began == [])
            }
        }

        @Test("two that want one image at once make it once", arguments: TestEngine.all)
        func together(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let request = try world.project("FROM \(world.base)\nRUN sleep 2 && echo made > /made\n")
                let told = Told()
                let (service, library) = (world.service, world.library)
                async let first = service.image(request, library: library) { told.listen($0) }
                async let second = service.image(request, library: library) { told.listen($0) }
                let images = try await [first, second]
                #expect(images[0] == images[1])
                #expect(told.began == ["project"])
            }
        }

        @Test("another image under our name is not used: the image is made anew", arguments: TestEngine.all)
        func poisoned(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let request = try world.project("FROM \(world.base)\nRUN echo good > /word\n")
                let image = try await world.image(request)
                let container = "task-image-test-\(UInt32.random(in: 0...UInt32.max))"
                // Name and labels are right, the content is not.
                try engine.run([
                    "run", "--name", container, "--network", "none", image.id, "sh", "-c", "echo bad > /word",
                ])
                let archive = "\(world.root)/bad.tar"
                try engine.run(["export", "-o", archive, container])
                let labels = [
                    Label.key: image.key ?? "", Label.definition: "project", Label.layer: "environment",
                    Label.owner: world.service.owner,
                ]
                let changes = labels.flatMap { ["--change", "LABEL \($0.key)=\($0.value)"] }
                #expect(try engine.run(["import"] + changes + [archive, image.reference]).succeeded)
                try engine.run(["rm", "-f", container])
                #expect(try world.output(image.reference, "cat", "/word") == "bad\n")
                // As long as the image itself is there, its id counts.
                #expect(try await world.image(request).id == image.id)

                try engine.run(["rmi", "-f", image.id])
                let stored = try await world.service.images(sizes: false)
                #expect(stored.contains { $0.reference == image.reference && $0.isForeign }, "\(stored)")
                let told = Told()
                let other = try await world.image(request, told)
                #expect(
                    told.began == ["project"] && told.notices.contains { $0.contains(image.reference) },
                    "\(told.events)")
                #expect(try world.output(other.id, "cat", "/word") == "good\n")
                #expect(try world.output(other.reference, "cat", "/word") == "good\n")
            }
        }

        @Test("a damaged record is said and passed over", arguments: TestEngine.all)
        func damaged(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let request = try world.project("FROM \(world.base)\nRUN echo \(UInt32.random(in: 0...9)) > /word\n")
                let image = try await world.image(request)
                let key = try #require(image.key)
                try Files.replace(
                    "\(world.root)/state/images/\(engine.rawValue)/\(key).json", with: Array("{\"version\":1".utf8))
                let told = Told()
                let other = try await world.image(request, told)
                #expect(other.key == key)
                #expect(told.notices.contains { $0.contains("\(key).json") }, "\(told.notices)")
            }
        }

        @Test("--rebuild makes all of it anew; the former image stays, and is no stranger", arguments: TestEngine.all)
        func rebuild(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                var request = try world.project("FROM \(world.base)\nRUN cat /proc/sys/kernel/random/uuid > /word\n")
                let image = try await world.image(request)
                request.rebuild = true
                let told = Told()
                let other = try await world.image(request, told)
                #expect(told.began == ["project"] && other.key == image.key && other.id != image.id)
                #expect(try world.output(other.id, "cat", "/word") != world.output(image.id, "cat", "/word"))
                request.rebuild = false
                #expect(try await world.image(request).id == other.id)
                let stored = try await world.service.images()
                #expect(Set(stored.filter { $0.key == image.key }.map(\.id)) == [image.id, other.id])
                #expect(!stored.contains { $0.isForeign }, "\(stored)")
                let own = try #require(stored.first { $0.id == other.id })
                #expect(own.size > 0 && own.sharedSize > 0 && own.sharedSize <= own.size && own.lastUsed == nil)
                #expect(own.project == "\(world.root)/project" && own.layer == "environment")
                world.service.noteUse(of: other)
                let used = try await world.service.images(sizes: false).first { $0.id == other.id }
                #expect(used?.lastUsed != nil)

                try await world.service.removeImage(other.id)
                #expect(try await !world.service.images(sizes: false).contains { $0.id == other.id })
                #expect(try await world.image(request).id != other.id)
            }
        }

        @Test("an image goes to another state directory by way of an archive", arguments: TestEngine.all)
        func archives(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let request = try world.project("FROM \(world.base)\nRUN echo carried > /word\n")
                let image = try await world.image(request)
                try await world.export(image.reference)
                let state = "\(world.root)/other"
                let place = try #require(Place(rawValue: engine.rawValue))
                let other = try EnvironmentService(place: place, socket: world.service.socket, stateRoot: state)
                let came = try await other.importImages(from: world.archive())
                #expect(came.last?.id == image.id && came.last?.key == image.key)
                let told = Told()
                var wanted = request
                wanted.pull = .never
                #expect(try await other.image(wanted, library: world.library) { told.listen($0) }.id == image.id)
                #expect(told.began == [])
            }
        }

        @Test("caches are volumes of a project and a user inside", arguments: TestEngine.all)
        func caches(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                var definition = ImageDefinition(name: "x", origin: .reference, base: .reference("x"))
                definition.caches = [CacheVolume(name: "npm", path: "/.task/caches/npm", environment: [:])]
                let user = AgentUser(callerUser: 1234, callerGroup: 1234)
                let project = "\(world.root)/project"
                let made = world.service.cacheVolumes(for: definition, project: project, user: user)
                #expect(made.count == 1 && made[0].target == "/.task/caches/npm" && made[0].isNamed == true)
                #expect(made[0].source.hasPrefix("task-cache-npm-") && !made[0].readOnly)
                let others = world.service.cacheVolumes(for: definition, project: "/other", user: user)
                #expect(others[0].source != made[0].source)
                #expect(try await world.service.caches() == [])
                for _ in 1...2 { try await world.service.makeVolumes(made + others) }
                let stored = try await world.service.caches()
                #expect(Set(stored.map(\.volume)) == [made[0].source, others[0].source])
                let own = try #require(stored.first { $0.volume == made[0].source })
                #expect(own.name == "npm" && own.project == project && own.user == 1234)
                let age = try Date().timeIntervalSince1970 - Double(#require(own.created))
                #expect(abs(age) < 120)
                for volume in stored { try await world.service.removeCache(volume.volume) }
                #expect(try await world.service.caches() == [])
                await #expect(throws: TaskError.self) { try await world.service.removeCache(made[0].source) }

                try engine.run(["volume", "create", made[0].source])
                let taken = await #expect(throws: TaskError.self) { try await world.service.makeVolumes(made) }
                #expect(taken?.message.contains("is not the cache 'npm' of '\(project)'") == true)
                try engine.run(["volume", "rm", made[0].source])
            }
        }
    }
}
