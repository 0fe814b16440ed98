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

    @Test("projects of one directory name get names of their own, which can be changed and found")
    func names() throws {
        let scratch = Scratch()
        let registry = ProjectRegistry(scratch.store)
        for path in ["/a/shop", "/b/shop", "/c/shop", "/d/-my shop", "/"] {
            #expect(try registry.register(project(path), agent: nil, at: time))
            #expect(try !registry.register(project(path), agent: "claude", at: time))
        }
        let names = Dictionary(uniqueKeysWithValues: try registry.projects().map { ($0.path, $0.name) })
        #expect(
            names == [
                "/a/shop": "shop", "/b/shop": "shop-2", "/c/shop": "shop-3", "/d/-my shop": "my-shop", "/": "project",
            ])
        try registry.rename("shop-2", to: "store")
        try registry.rename("/c/shop", to: "shop-2")
        #expect(try registry.project("store").path == "/b/shop")
        #expect(try registry.project("shop-2").path == "/c/shop")
        #expect(try registry.project("/a/shop").name == "shop")
        #expect(throws: TaskError("the name 'store' is taken by '/b/shop'", next: "task project list")) {
            try registry.rename("shop", to: "store")
        }
        for name in ["", "-x", ".", "..", "a b", "a/b", "ä", String(repeating: "x", count: 65)] {
            #expect(throws: TaskError.self) { try registry.rename("shop", to: name) }
        }
        #expect(try registry.remove("store").path == "/b/shop")
        #expect(throws: TaskError("there is no project 'store'", next: "task project list")) {
            try registry.project("store")
        }
        #expect(try registry.projects().count == 4)
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
