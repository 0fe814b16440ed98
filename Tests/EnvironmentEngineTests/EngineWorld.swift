import EngineAPI
import Foundation
import ImageLibrary
import Synchronization
import System
import TaskModel
import Testing

@testable import Environments

/// Everything here uses the engines, one test after the other.
@Suite(.serialized) struct EnvironmentEngineTests {}

/// An engine that the tests run on: those of `TASK_TEST_ENGINES`.
enum TestEngine: String, CaseIterable, Sendable {
    case docker, podman

    static let all: [TestEngine] = {
        let named = ProcessInfo.processInfo.environment["TASK_TEST_ENGINES"] ?? "docker,podman"
        return named.split(separator: ",").compactMap { TestEngine(rawValue: String($0)) }
    }()

    /// The engine's own program: the tests' second opinion.
    @discardableResult
    func run(_ arguments: [String]) throws -> RunResult {
        try Subprocess(rawValue, arguments).runBlocking(seconds: 120)
    }

    func lines(_ arguments: String...) throws -> [String] {
        try run(arguments).outputText.split(separator: "\n").map(String.init)
    }
}

/// What was said during a build.
final class Told: Sendable {
    private let state = Mutex<[BuildEvent]>([])

    var events: [BuildEvent] { state.withLock { $0 } }
    var began: [String] {
        events.compactMap { event in
            guard case .began(let image, _) = event else { return nil }
            return image
        }
    }
    var reasons: [String] {
        events.compactMap { event in
            guard case .began(_, let reason) = event else { return nil }
            return reason
        }
    }
    var notices: [String] {
        events.compactMap { event in
            guard case .notice(let text) = event else { return nil }
            return text
        }
    }
    var log: String {
        events.compactMap { event in
            guard case .log(_, let text) = event else { return nil }
            return text
        }.joined(separator: "\n")
    }

    func listen(_ event: BuildEvent) { state.withLock { $0.append(event) } }
}

/// A state directory and a project of one test, on one engine. Everything made for it is removed at the end.
final class EngineWorld {
    let engine: TestEngine
    let root: String
    let service: EnvironmentService
    let library: ImageLibrary
    /// The base image, which the tests share.
    private(set) var base = ""

    init(_ engine: TestEngine) async throws {
        self.engine = engine
        root = "/var/tmp/task-image-test-\(UInt32.random(in: 0...UInt32.max))"
        try Files.makeDirectory("\(root)/project")
        let build = try Files.parent(of: Files.parent(of: Files.parent(of: Files.resolve("/proc/self/exe"))))
        let records = ProcessEnvironment.current["TASK_TEST_RECORDS"] ?? "\(build)/test-records"
        try Files.makeDirectory("\(root)/state")
        if Files.exists(records) {
            try #require(
                try Subprocess("cp", ["-R", records, "\(root)/state/images"]).runBlocking(seconds: 180).succeeded)
        }
        service = try await EnvironmentService.find(Place(rawValue: engine.rawValue), stateRoot: "\(root)/state")
        library = ImageLibrary(installed: try Installation.find().images, configuration: "\(root)/config")
        base = try await image(ImageRequest(library.definition("base"))).reference
    }

    func tearDown() throws {
        let mark = "label=dev.task.owner=\(service.owner)"
        let containers = try engine.lines("ps", "-aq", "--filter", mark)
        #expect(containers.isEmpty, "containers were left behind")
        if !containers.isEmpty { try engine.run(["rm", "-f"] + containers) }
        let images = try ids(mark)
        if !images.isEmpty { try engine.run(["rmi", "-f"] + images) }
        let volumes = try engine.lines("volume", "ls", "-q", "--filter", mark)
        if !volumes.isEmpty { try engine.run(["volume", "rm"] + volumes) }
        try FileTree.remove(root)
    }

    private func ids(_ mark: String) throws -> [String] {
        Array(Set(try engine.lines("images", "-q", "--no-trunc", "--filter", mark)))
    }

    /// The ids of all images made for this world, named or not.
    func images() throws -> Set<String> { Set(try ids("label=dev.task.owner=\(service.owner)")) }

    func write(_ path: String, _ text: String) throws {
        let full = "\(root)/project/\(path)"
        try Files.makeDirectory(Files.parent(of: full))
        try Data(text.utf8).write(to: URL(filePath: full))
    }

    /// A request for what the project's Containerfile makes.
    func project(_ containerfile: String? = nil, smoke: [String] = []) throws -> ImageRequest {
        if let containerfile { try write("Containerfile", containerfile) }
        var definition = ImageDefinition(
            name: "project", origin: .project("\(root)/project"), base: .containerfile,
            build: BuildSource(context: "\(root)/project", containerfile: "\(root)/project/Containerfile"))
        definition.smoke = smoke
        var request = ImageRequest(definition)
        request.project = "\(root)/project"
        return request
    }

    @discardableResult
    func image(_ request: ImageRequest, _ told: Told = Told()) async throws -> Image {
        try await service.image(request, library: library) { told.listen($0) }
    }

    /// Writes an image to an archive, and opens it.
    func export(_ reference: String) async throws {
        let file = try Descriptor.open("\(root)/image.tar", O_WRONLY | O_CREAT | O_EXCL)
        try await service.exportImages([reference], to: file)
    }

    func archive(_ name: String = "image") throws -> Descriptor { try Descriptor.open("\(root)/\(name).tar", O_RDONLY) }

    /// What a program prints in a container of an image.
    func output(_ image: String, _ command: String...) throws -> String {
        let result = try engine.run(["run", "--rm", "--network", "none", image] + command)
        #expect(result.succeeded, "\(result.errorText)")
        return result.outputText
    }

    func failure(_ request: ImageRequest, _ told: Told = Told()) async throws -> TaskError {
        do {
            try await image(request, told)
        } catch let error as TaskError {
            return error
        }
        Issue.record("an image was made")
        throw CancellationError()
    }
}

func inWorld(_ engine: TestEngine, _ body: (EngineWorld) async throws -> Void) async throws {
    let world = try await EngineWorld(engine)
    do {
        try await body(world)
    } catch {
        try? world.tearDown()
        throw error
    }
    try world.tearDown()
}
