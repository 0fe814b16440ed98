import EngineAPI
import Foundation
import ImageLibrary
import System
import TaskModel
import Testing

@testable import Environments

/// Real images on real engines. `TASK_TEST_IMAGE` is an image with all that tasks need; apt-get and the agent's account are
/// taken out of it.
@Suite("What is added to real images", .serialized) struct LayerTests {
    static let engines = (ProcessInfo.processInfo.environment["TASK_TEST_ENGINES"] ?? "docker,podman")
        .split(separator: ",").compactMap { Place(rawValue: String($0)) }
    static let base = ProcessInfo.processInfo.environment["TASK_TEST_IMAGE"] ?? ""

    /// A corner of an engine: everything that is made in it has the owner of its own state directory, and goes.
    private final class Corner {
        let service: EnvironmentService
        let root = "/var/tmp/task-layer-tests-\(UInt64.random(in: .min ... .max))"
        let prefix = "localhost/t\(UInt32.random(in: .min ... .max))"
        private var names: [String] = []

        init(_ place: Place) async throws {
            service = try await EnvironmentService.find(place, stateRoot: root)
            try Files.makeDirectory(root)
        }

        /// An image with these steps on top of another one.
        func image(_ name: String, _ steps: [String], from base: String = LayerTests.base) async throws -> String {
            let reference = "\(prefix)-\(name):v1"
            names.append(reference)
            var spec = BuildSpec(tags: [reference])
            spec.dockerfile = "Containerfile"
            let less = "RUN rm -f /usr/bin/apt-get && sed -i /^agent:/d /etc/passwd /etc/group"
            let text = (["FROM \(base)", less] + steps).joined(separator: "\n") + "\n"
            _ = try await service.client.buildImage(
                spec, context: .bytes(Archive.of([("Containerfile", Array(text.utf8))])))
            return reference
        }

        /// An image that has only these files.
        func image(_ name: String, files: [String: String]) async throws -> String {
            let reference = "\(prefix)-\(name):v1"
            names.append(reference)
            let folder = "\(root)/\(name)"
            for (path, source) in files {
                try Files.makeDirectory(Files.parent(of: "\(folder)/\(path)"), mode: 0o755)
                try FileManager.default.copyItem(atPath: Files.resolve(source), toPath: "\(folder)/\(path)")
            }
            let archive = "\(folder).tar"
            try #require(try await Subprocess("tar", ["-C", folder, "-cf", archive, "."]).run().succeeded)
            let file = try Descriptor.open(archive, O_RDONLY)
            _ = try await service.client.importImage(reference, from: .descriptor(file.number), changes: [])
            return reference
        }

        /// Gives an image another name.
        func rename(_ old: String, _ new: String) async throws {
            names.append(new)
            try await service.client.tagImage(old, as: new)
            try await service.client.removeImage(old)
        }

        /// The image that tasks would run in.
        func complete(_ reference: String, user: String? = nil) async throws -> Image {
            var definition = ImageDefinition(name: reference, origin: .reference, base: .reference(reference))
            definition.user = user
            return try await service.image(
                ImageRequest(definition), library: ImageLibrary(installed: "", configuration: "")
            ) { _ in }
        }

        /// What a shell says in an image, as a user; without network.
        func ask(_ image: String, _ script: String, as user: String = "1000:1000") async throws -> String {
            var host = HostConfig()
            host.networkMode = "none"
            var spec = ContainerSpec(image: image, command: ["-c", script], host: host)
            spec.entrypoint = ["/bin/sh"]
            spec.user = user
            let bytes = try await service.run(
                spec, as: "t-\(UInt64.random(in: .min ... .max))", seconds: 60, doing: "ask")
            return String(decoding: bytes, as: UTF8.self)
        }

        func clean() async throws {
            for container in try await service.ownContainers() { try await service.remove(container.id) }
            for image in try await service.client.listImages(labels: ["\(Label.owner)=\(service.owner)"], all: true) {
                try? await service.client.removeImage(image.id, force: true)
            }
            for name in names.reversed() { try? await service.client.removeImage(name, force: true) }
            try FileTree.remove(root)
        }
    }

    private func inCorner(_ place: Place, _ body: (Corner) async throws -> Void) async throws {
        let corner = try await Corner(place)
        do {
            try await body(corner)
        } catch {
            try? await corner.clean()
            throw error
        }
        try await corner.clean()
    }

    /// A Debian with apt-get and nothing that tasks need: made once for all engines.
    private static let debian: Result<String, any Error> = Result {
        let path = "/var/tmp/task-layer-tests-debian-\(getpid()).tar"
        let release = try HostRelease.read()
        let made = try Subprocess("mmdebstrap", ["--variant=apt", release.suite, path]).runBlocking(seconds: 300)
        try #require(made.succeeded, "\(made.errorText)")
        return path
    }

    @Test("an image with apt-get gets what it lacks, once, and works", arguments: engines)
    func apt(place: Place) async throws {
        let archive = try Self.debian.get()
        defer { if place == Self.engines.last { try? FileManager.default.removeItem(atPath: archive) } }
        try await inCorner(place) { corner in
            let bare = "\(corner.prefix)-apt:v1"
            let file = try Descriptor.open(archive, O_RDONLY)
            _ = try await corner.service.client.importImage(
                bare, from: .descriptor(file.number), changes: ["USER nobody", "WORKDIR /srv", "ENV A=b"])
            let bareID = try await corner.service.client.inspectImage(bare).id
            let image = try await corner.complete(bare)
            #expect(image.added == ["git", "tmux", "CA certificates", "user agent (1000)"])
            #expect(image.user == "agent" && image.id != bareID)
            let said = try await corner.ask(
                image.id,
                "id -un; git --version; tmux -V; ls /var/lib/apt/lists; test -s /etc/ssl/certs/ca-certificates.crt && echo yes"
            )
            #expect(said.hasPrefix("agent\ngit version 2.") && said.hasSuffix("yes\n"), "\(said)")
            let config = try await corner.service.client.inspectImage(image.id).config
            #expect(config.user == "nobody" && config.workingDirectory == "/srv")
            #expect(config.environment?.contains("A=b") == true)
            // Found again, and complete by itself.
            #expect(try await corner.complete(bare).id == image.id)
            #expect(try await corner.complete(image.id).id == image.id)
            #expect(try await corner.complete(image.id).added == nil)
            try await corner.service.client.removeImage(bare, force: true)
        }
    }

    @Test("an image that has it all gets nothing, whatever its account is called", arguments: engines)
    func complete(place: Place) async throws {
        try await inCorner(place) { corner in
            let own = try await corner.image("own", ["RUN useradd -u 1000 -m ada"])
            let image = try await corner.complete(own)
            #expect(image.id == (try await corner.service.client.inspectImage(own).id))
            #expect(image.added == nil && image.user == "ada")
        }
    }

    @Test("the account that an image is made for gets the agent's number, and its home with it", arguments: engines)
    func remoteUser(place: Place) async throws {
        try await inCorner(place) { corner in
            let own = try await corner.image(
                "other",
                [
                    "RUN groupadd -g 77 team && useradd -u 1234 -g 77 -m vscode && echo x > /home/vscode/f && chown vscode /home/vscode/f"
                ])
            let image = try await corner.complete(own, user: "vscode")
            #expect(image.added == ["user vscode (1000 instead of 1234)"] && image.user == "vscode")
            let said = try await corner.ask(
                image.id, "id -un; id -gn; stat -c %U:%G /home/vscode /home/vscode/f; grep -c . /etc/passwd")
            // Podman gives a number without an account one.
            let before = try await corner.ask(own, "grep -c . /etc/passwd", as: "1234:77")
            #expect(said == "vscode\nteam\nvscode:team\nvscode:team\n\(before)", "\(said)")
            let error = await #expect(throws: TaskError.self) { _ = try await corner.complete(own, user: "nobodyelse") }
            #expect(error?.message == "the image has no user 'nobodyelse'")
        }
    }

    @Test("no shell, no package manager: each is said, with what lacks", arguments: engines)
    func impossible(place: Place) async throws {
        try await inCorner(place) { corner in
            let empty = try await corner.image("empty", files: ["program": "/bin/busybox"])
            var error = await #expect(throws: TaskError.self) { _ = try await corner.complete(empty) }
            #expect(
                error?.message
                    == "the image lacks git, tmux, CA certificates, user agent (1000), and has no /bin/sh to add it with"
            )
            let bare = try await corner.image("bare", ["RUN rm /usr/bin/tmux"])
            error = await #expect(throws: TaskError.self) { _ = try await corner.complete(bare) }
            #expect(error?.message == "the image lacks tmux, and has none of apt-get, apk, dnf and microdnf")
            #expect(error?.kind == .noSandbox && error?.next?.contains("tmux") == true)
        }
    }

    @Test("a package that is too old is noticed after it was installed, and nothing has its name", arguments: engines)
    func tooOld(place: Place) async throws {
        try await inCorner(place) { corner in
            let manager = "printf '#!/bin/sh\\necho \"$@\" >> /installed\\n' > /usr/bin/apk && chmod 755 /usr/bin/apk"
            let old = try await corner.image(
                "old",
                [
                    "RUN rm /usr/bin/git && printf '#!/bin/sh\\necho git version 2.20.1\\n' > /usr/bin/git && chmod 755 /usr/bin/git && \(manager)"
                ])
            let error = await #expect(throws: TaskError.self) { _ = try await corner.complete(old) }
            #expect(error?.message == "the image lacks git 2.25 or newer, and its own packages do not bring it")
            let left = try await corner.service.client.listImages(labels: ["\(Label.owner)=\(corner.service.owner)"])
            #expect(left.isEmpty)
        }
    }

    @Test("the probe of an image is remembered, and its container is gone", arguments: engines)
    func remembered(place: Place) async throws {
        try await inCorner(place) { corner in
            let id = try await corner.service.client.inspectImage(Self.base).id
            let facts = try await corner.service.probe(id)
            #expect(facts.hasShell && facts.git?.path == "/usr/bin/git" && facts.managers == [.apt])
            #expect(try await corner.service.probe(id) == facts)
            let left = try await corner.service.client.listContainers(labels: ["\(Label.owner)=\(corner.service.owner)"]
            )
            #expect(left.isEmpty)
            let error = await #expect(throws: TaskError.self) {
                _ = try await corner.service.probe("sha256:" + String(repeating: "0", count: 64))
            }
            #expect(error?.message.hasPrefix("cannot make a container to look into the image: ") == true)
        }
    }

    @Test("a container whose maker was killed keeps no image", arguments: engines)
    func forsaken(place: Place) async throws {
        try await inCorner(place) { corner in
            let (service, name) = (corner.service, "localhost/task-forsaken:\(UInt32.random(in: .min ... .max))")
            let first = try await corner.image("forsaken", files: ["bin/true": "/bin/true"])
            try await corner.rename(first, name)
            let installation = try Installation.find()
            var spec = service.probeSpec(name, guest: installation.guest, seccomp: installation.seccomp)
            let dead = "\(ProcessInfo.processInfo.processIdentifier) 1 boot"
            for maker in [ProcessIdentity.current.description, dead] {
                spec.labels?[Label.maker] = maker
                _ = try await service.client.createContainer(spec, name: "task-probe-\(maker.count)-\(service.owner)")
            }
            let error = await #expect(throws: TaskError.self) { try await service.removeImage(name) }
            #expect(error?.message.contains("is used by a container") == true, "\(error?.message ?? "")")
            // The one whose maker is this process is still there, and was not to go.
            let left = try await service.ownContainers()
            #expect(left.map(\.maker) == [.current])
            for container in left { try await service.remove(container.id) }

            spec.labels?[Label.maker] = dead
            _ = try await service.client.createContainer(spec, name: "task-probe-\(service.owner)")
            try await service.removeImage(name)
            #expect(try await service.ownContainers().isEmpty)
        }
    }
}
