import EngineAPI
import Foundation
import ImageLibrary
import System
import TaskModel
import Testing

@testable import Environments

extension EnvironmentEngineTests {
    /// A full disk. Docker's is the machine's own, so that there a step fills what it has of memory and says the same.
    @Suite struct DiskTests {
        @Test("a step that says that no space is left: so does the error, with what to do", arguments: TestEngine.all)
        func step(engine: TestEngine) async throws {
            try await inWorld(engine) { world in
                let before = try world.images()
                let fill = "dd if=/dev/zero of=/dev/shm/x bs=1M count=100000"
                let error = try await world.failure(try world.project("FROM \(world.base)\nRUN \(fill)\n"))
                #expect(error.message.contains("no space is left") && error.message.contains(fill), "\(error)")
                #expect(error.next == "task image prune, and see: \(engine.rawValue) system df")
                #expect(try world.images() == before)
            }
        }

        @Test("an engine whose disk fills up: the step, what to do, and the image before still works")
        func engineDisk() async throws {
            guard TestEngine.all.contains(.podman) else { return }
            try #require(getuid() == 0, "this test mounts a file system")
            let small = try await SmallPodman(megabytes: 128)
            do {
                let good = try await small.image("RUN echo good > /word")
                #expect(try small.run("run", "--rm", "--network", "none", good, "cat", "/word") == "good\n")
                let before = try small.run("images", "-aq")
                for _ in 0..<2 {
                    let error = await #expect(throws: TaskError.self) {
                        _ = try await small.image("USER 1000\nRUN dd if=/dev/zero of=/tmp/big bs=1M count=500")
                    }
                    #expect(error?.message.contains("RUN dd") == true, "\(String(describing: error))")
                    #expect(
                        error?.next == "task image prune, and see: podman system df", "\(String(describing: error))")
                }
                #expect(try small.run("images", "-aq") == before)
                #expect(try small.run("run", "--rm", "--network", "none", good, "cat", "/word") == "good\n")
                // What fills it is gone: there is room again.
                _ = try await small.image("USER 1000\nRUN dd if=/dev/zero of=/tmp/small bs=1M count=20")
            } catch {
                small.stop()
                throw error
            }
            small.stop()
        }
    }
}

/// A Podman of the test's own, with nothing in it but busybox, on a disk of its own.
private final class SmallPodman {
    private let root = "/var/tmp/task-disk-test-\(UInt32.random(in: 0...UInt32.max))"
    private let service: EnvironmentService
    private let process: Process
    private var options: [String] { Self.options(root) }

    init(megabytes: Int) async throws {
        let root = root
        // A part is left for root, so that Podman can still write down what there is when a step finds the disk full.
        let disk = """
            mkdir -p "$1/disk" && truncate -s "$2M" "$1/image" && mkfs.ext4 -q -m 15 "$1/image" &&
            mount -o loop "$1/image" "$1/disk" && mkdir -m 777 "$1/disk/tmp"
            """
        let made = try Subprocess("sh", ["-c", disk, "sh", root, "\(megabytes)"]).runBlocking(seconds: 180)
        try #require(made.succeeded, "\(made.errorText)")
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.currentDirectoryURL = URL(filePath: "/")
        process.arguments =
            ["podman"] + Self.options(root) + ["system", "service", "--time=0", "unix://\(root)/podman.sock"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<1200 where !Files.exists("\(root)/podman.sock") { try await Task.sleep(for: .milliseconds(50)) }
        service = try EnvironmentService(place: .podman, socket: "\(root)/podman.sock", stateRoot: "\(root)/state")
        let script = """
            mkdir -p "$1/files/bin" && mkdir -m 1777 "$1/files/tmp" && cp /bin/busybox "$1/files/bin/busybox" &&
            for name in sh dd echo cat; do ln "$1/files/bin/busybox" "$1/files/bin/$name"; done &&
            tar -C "$1/files" -cf "$1/files.tar" .
            """
        try #require(try Subprocess("sh", ["-c", script, "sh", root]).runBlocking(seconds: 180).succeeded)
        try run("import", "\(root)/files.tar", "localhost/busybox:test")
    }

    private static func options(_ root: String) -> [String] {
        ["--root", "\(root)/disk/storage", "--runroot", "\(root)/disk/run", "--tmpdir", "\(root)/disk/libpod"]
    }

    /// The id of an image of busybox and one step.
    func image(_ step: String) async throws -> String {
        let folder = "\(root)/context-\(SHA256.hex(step.utf8).prefix(8))"
        try Files.makeDirectory(folder)
        try Data("FROM localhost/busybox:test\n\(step)\n".utf8).write(to: URL(filePath: "\(folder)/Containerfile"))
        let definition = ImageDefinition(
            name: "small", origin: .project(folder), base: .containerfile,
            build: BuildSource(context: folder, containerfile: "\(folder)/Containerfile"))
        var request = ImageRequest(definition)
        request.network = .none
        let maker = try ImageMaker(
            service, request, ImageLibrary(installed: try Installation.find().images, configuration: root)
        ) { _ in }
        // The environment alone: nothing of Debian is in it to add anything with.
        return try #require(try await maker.layer(of: definition, .make)).id
    }

    @discardableResult
    func run(_ arguments: String...) throws -> String {
        let result = try Subprocess("podman", options + arguments).runBlocking(seconds: 60)
        try #require(result.succeeded, "\(arguments): \(result.errorText)")
        return result.outputText
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        _ = try? Subprocess("podman", options + ["rmi", "-af"]).runBlocking(seconds: 60)
        for path in ["disk/storage/overlay", "disk"] {
            _ = try? Subprocess("umount", ["-l", "\(root)/\(path)"]).runBlocking(seconds: 10)
        }
        try? FileTree.remove(root)
    }
}
