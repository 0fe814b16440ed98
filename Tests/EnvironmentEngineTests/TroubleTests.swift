import Foundation
import ImageLibrary
import System
import TaskModel
import Testing

@testable import Environments

extension EnvironmentEngineTests {
    @Suite struct TroubleTests {
        /// A Containerfile that cannot be built, after one that could: the error, and that nothing else has changed.
        private func fails(
            _ world: EngineWorld, _ containerfile: String, _ told: Told = Told(), smoke: [String] = []
        ) async throws -> TaskError {
            let before = try world.images()
            let error = try await world.failure(try world.project(containerfile, smoke: smoke), told)
            #expect(error.kind != .usage)
            #expect(try world.images() == before, "\(error)")
            return error
        }

        @Test(
            "a failing step: its name, its exit code, all of its output; the image before stays",
            arguments: TestEngine.all)
        func step(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let good = try world.project("FROM \(world.base)\n")
                let image = try await world.image(good)
                let told = Told()
                let lines = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo out $i; echo err $i >&2; done; exit 37"
                let error = try await fails(world, "FROM \(world.base)\nRUN \(lines)\n", told)
                #expect(error.message.contains("'RUN \(lines)'"), "\(error)")
                #expect(error.message.contains("exit code 37"), "\(error)")
                #expect(error.next?.contains("\(world.root)/project/Containerfile") == true)
                for number in 1...12 {
                    #expect(told.log.contains("out \(number)") && told.log.contains("err \(number)"), "\(told.log)")
                }
                try world.write("Containerfile", "FROM \(world.base)\n")
                #expect(try await world.image(good) == image)
            }
        }

        @Test("what cannot be read or built is refused with the place", arguments: TestEngine.all)
        func refusals(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let parse = try await fails(world, "FROM \(world.base)\nRUNN true\n")
                #expect(parse.description.contains("Containerfile") && parse.description.contains("RUNN"), "\(parse)")
                let missing = try await fails(world, "FROM \(world.base)\nCOPY nowhere.txt /\n")
                #expect(
                    missing.message.contains("'COPY nowhere.txt /'") && missing.message.contains("nowhere.txt"),
                    "\(missing)")
                let syntax = try await fails(world, "# syntax=docker/dockerfile:1\nFROM \(world.base)\n")
                #expect(syntax.message.contains("docker/dockerfile:1"), "\(syntax)")
                #expect(syntax.next?.contains("# syntax=") == true)
                symlink("/etc/hostname", "\(world.root)/project/out")
                let link = try await fails(world, "FROM \(world.base)\nRUN true\nCOPY out/deep /x\n")
                #expect(link.message.contains("'out'") && link.message.contains("/etc/hostname"), "\(link)")
                let none = try await world.failure(
                    ImageRequest(
                        ImageDefinition(
                            name: "project", origin: .project(world.root), base: .containerfile,
                            build: BuildSource(
                                context: "\(world.root)/nowhere", containerfile: "\(world.root)/nowhere/C"))))
                #expect(none.message.contains("\(world.root)/nowhere"), "\(none)")
            }
        }

        @Test("a here-document, where the builder does not know it", arguments: TestEngine.all)
        func heredoc(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let version = try engine.lines("version", "--format", "{{.Server.Version}}").first ?? ""
                let major = Int(version.prefix { $0.isNumber }) ?? 0
                let text = "FROM \(world.base)\nRUN <<EOF\necho there > /word\nEOF\n"
                if major >= (engine == .docker ? 23 : 5) {
                    let image = try await world.image(try world.project(text))
                    #expect(try world.output(image.id, "cat", "/word") == "there\n")
                } else {
                    let error = try await fails(world, text)
                    #expect(error.message.contains(engine.rawValue) && error.message.contains("<<"), "\(error)")
                }
            }
        }

        @Test("RUN --mount: built where the builder can, refused by name where it cannot", arguments: TestEngine.all)
        func mounts(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let text =
                    "FROM \(world.base)\nRUN --mount=type=cache,target=/cache touch /cache/x && echo there > /word\n"
                var request = try world.project(text)
                #expect(try world.output(try await world.image(request).id, "cat", "/word") == "there\n")
                guard engine == .docker else { return }
                // A build that joins another network is one of the classic builder.
                request.network = .container("0123456789abcdef")
                request.rebuild = true
                let error = try await world.failure(request)
                #expect(
                    error.message.contains("'RUN --mount', which the classic builder of docker does not know"),
                    "\(error)")
                #expect(error.next?.contains("--engine podman") == true)
            }
        }

        @Test("a smoke test that fails: what it said; nothing is left", arguments: TestEngine.all)
        func smoke(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let told = Told()
                let text = "FROM \(world.base)\nRUN true\n"
                let error = try await fails(
                    world, text, told, smoke: ["/bin/sh", "-c", "echo first; echo broken >&2; exit 5"])
                #expect(error.message.contains("ended with 5") && error.message.contains("smoke test"), "\(error)")
                #expect(told.log.contains("first") && told.log.contains("broken"), "\(told.log)")
                let absent = try await fails(world, text, smoke: ["/no/such/program"])
                #expect(absent.message.contains("/no/such/program"), "\(absent)")
                // No network, no rights, nothing to write to, and not root.
                let script = """
                    [ "$(id -u)" != 0 ] && ! touch /x 2>/dev/null && touch /tmp/x && [ "$(ls /sys/class/net)" = lo ] &&
                    grep -q 'CapBnd:.*0000000000000000' /proc/self/status
                    """
                try await world.image(try world.project(text, smoke: ["/bin/sh", "-c", script]))
            }
        }

        @Test("a cancelled build ends soon and leaves nothing", arguments: TestEngine.all)
        func cancelled(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let before = try world.images()
                let mark = "\(UInt32.random(in: 1_000_000...9_999_999))"
                let request = try world.project("FROM \(world.base)\nRUN echo begun; sleep 0.\(mark); sleep 1000\n")
                let (service, library, told) = (world.service, world.library, Told())
                let build = Task { try await service.image(request, library: library) { told.listen($0) } }
                for _ in 0..<1200 where !told.log.contains("begun") { try await Task.sleep(for: .milliseconds(100)) }
                #expect(told.log.contains("begun"))
                build.cancel()
                await #expect(throws: TaskError.self) { try await build.value }
                #expect(try world.images() == before)
                let left = try Subprocess("pgrep", ["-f", "sleep 0.\(mark)"]).runBlocking(seconds: 60).outputText
                #expect(left == "")
                // The lock is free.
                try await world.image(try world.project("FROM \(world.base)\nRUN echo begun\n"))
            }
        }

        @Test("references that are none, or are nowhere", arguments: TestEngine.all)
        func references(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                func request(_ name: String, _ pull: PullMode = .missing) -> ImageRequest {
                    var request = ImageRequest(
                        ImageDefinition(name: name, origin: .reference, base: .reference(name)))
                    request.pull = pull
                    return request
                }
                for name in ["", "--privileged", "a b", "a\nb", "a\u{1b}[2J", "ä", "a;b", "$(a)"] {
                    let error = try await world.failure(request(name))
                    #expect(error.kind == .usage, "\(error)")
                    #expect(!error.message.contains("\u{1b}"))
                }
                let nowhere = "localhost/task-image-test-nowhere:none"
                let absent = try await world.failure(request(nowhere))
                #expect(
                    absent.message.hasPrefix(
                        "the image '\(nowhere)' is not on \(engine.rawValue) and cannot be fetched"))
                let never = try await world.failure(request("debian:no-such-tag", .never))
                #expect(
                    never.message.contains("nothing is to be pulled")
                        && never.next?.contains("task image import") == true)
                let start = ContinuousClock.now
                let registry = try await world.failure(request("registry.invalid/image:1"))
                #expect(ContinuousClock.now - start < .seconds(60))
                #expect(
                    registry.message.contains("registry.invalid/image:1")
                        && registry.next?.contains("task image import") == true)
                let local = try await world.image(request(world.base, .always))
                #expect(local.reference == world.base && local.key == nil && local.definition == nil)
            }
        }

        @Test("an image for another kind of machine names both", arguments: TestEngine.all)
        func architecture(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let name = "localhost/task-image-test-\(UInt32.random(in: 0...UInt32.max)):other"
                defer { _ = try? engine.run(["rmi", "-f", name]) }
                let script = """
                    set -e
                    mkdir -p "$1/save" && cd "$1/save" && mkdir empty && tar -cf layer.tar -C empty .
                    layer=$(sha256sum layer.tar | cut -c 1-64)
                    printf '{"architecture":"s390x","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$layer" > config.json
                    id=$(sha256sum config.json | cut -c 1-64) && mv config.json "$id.json"
                    printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$id" "$2" > manifest.json
                    tar -cf ../save.tar layer.tar "$id.json" manifest.json
                    """
                let made = try Subprocess("sh", ["-c", script, "sh", world.root, name]).runBlocking(seconds: 180)
                try #require(made.succeeded, "\(made.errorText)")
                #expect(try await world.service.importImages(from: world.archive("save")).map(\.reference) == [name])
                let error = try await world.failure(
                    ImageRequest(ImageDefinition(name: name, origin: .reference, base: .reference(name))))
                let machine = ImageName.architecture(try HostRelease.read().architecture)
                #expect(error.message.contains("s390x") && error.message.contains(machine), "\(error)")
                let from = try await fails(world, "FROM \(name)\n")
                #expect(from.message.contains("s390x"), "\(from)")
            }
        }
    }
}
