import Foundation
import System
import TaskModel
import Testing

@testable import TaskStore

@Suite("Projects and chosen versions") struct RegistryTests {
    private func project(_ path: String) -> Repository {
        Repository(path: path, gitDirectory: "\(path)/.git", objectFormat: "sha1")
    }

    private let time = Date(timeIntervalSince1970: 1_800_000_000)

    @Test("a project is noted once, with every agent that it used")
    func register() throws {
        let scratch = Scratch()
        let registry = ProjectRegistry(scratch.store)
        #expect(try registry.projects() == [])
        try registry.register(project("/b/shop"), agent: nil, at: time)
        try registry.register(project("/a"), agent: "claude", at: time)
        try registry.register(project("/b/shop"), agent: "codex", at: time.addingTimeInterval(60))
        try registry.register(project("/b/shop"), agent: "claude", at: time)
        let projects = try registry.projects()
        #expect(projects.map(\.path) == ["/a", "/b/shop"])
        #expect(projects.map(\.name) == ["a", "shop"])
        #expect(projects.map(\.agents) == [["claude"], ["claude", "codex"]])
        #expect(projects.map(\.registeredAt) == [time, time])
    }

    @Test("a project that is known costs no write")
    func unchanged() throws {
        let scratch = Scratch()
        let registry = ProjectRegistry(scratch.store)
        try registry.register(project("/a"), agent: "claude", at: time)
        let before = FileVersion("\(scratch.store.root)/projects.json")
        try registry.register(project("/a"), agent: "claude", at: time)
        try registry.register(project("/a"), agent: nil, at: time)
        #expect(FileVersion("\(scratch.store.root)/projects.json") == before)
    }

    @Test("many at once are all noted")
    func concurrent() async throws {
        let scratch = Scratch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let repository = Repository(path: "/p\(number)", gitDirectory: "/p", objectFormat: "sha1")
                    try ProjectRegistry(scratch.store).register(
                        repository, agent: "a\(number)", at: Date(timeIntervalSince1970: 0))
                }
            }
            try await group.waitForAll()
        }
        #expect(try ProjectRegistry(scratch.store).projects().count == 8)
    }

    @Test(
        "a damaged file, or one of a newer program, is an error and is left alone",
        arguments: ["{", "{\"version\":99,\"projects\":[],\"agents\":{}}"])
    func damaged(text: String) throws {
        let scratch = Scratch()
        try Files.makeDirectory("\(scratch.store.root)/images")
        for path in ["\(scratch.store.root)/projects.json", "\(scratch.store.root)/images/versions.json"] {
            try Files.replace(path, with: Array(text.utf8))
        }
        #expect(throws: TaskError.self) { try ProjectRegistry(scratch.store).projects() }
        #expect(throws: TaskError.self) {
            try ProjectRegistry(scratch.store).register(project("/a"), agent: nil, at: time)
        }
        #expect(throws: TaskError.self) { try AgentVersions(scratch.store).version(of: "claude") }
        #expect(throws: TaskError.self) { try AgentVersions(scratch.store).choose("1", for: "claude") }
        #expect(try Files.read("\(scratch.store.root)/projects.json") == Array(text.utf8))
    }

    @Test("a version is chosen for one agent, and taken back")
    func versions() throws {
        let scratch = Scratch()
        let versions = AgentVersions(scratch.store)
        #expect(try versions.version(of: "claude") == nil)
        try versions.choose("1.2", for: "claude")
        try versions.choose("3", for: "codex")
        #expect(try versions.version(of: "claude") == "1.2")
        try versions.choose(nil, for: "claude")
        #expect(try versions.version(of: "claude") == nil)
        #expect(try versions.version(of: "codex") == "3")
    }
}
