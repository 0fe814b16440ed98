import Foundation
import TaskModel
import Testing

@testable import Environments
@testable import Supervision

@Suite("What is pruned") struct PruneTests {
    static let now: Int64 = 1_000_000

    static func image(
        _ id: String, _ definition: String = "base", layer: String = "environment", project: String? = nil,
        created: Int64 = 1000, reference: String? = nil, parents: [String] = [], isForeign: Bool = false
    ) -> StoredImage {
        StoredImage(
            id: "sha256:\(id)", reference: reference ?? "localhost/task-\(definition):\(id)", definition: definition,
            layer: layer, key: "key-\(id)", project: project, agentVersion: nil, created: created, lastUsed: nil,
            size: 100, sharedSize: 30, isForeign: isForeign, parents: parents.map { "sha256:\($0)" })
    }

    static func task(_ name: String, _ id: String, phase: Phase = .ended, place: Place = .docker) throws -> TaskRecord {
        let name = try #require(TaskID(name))
        var state = CurrentState(place: place, branch: name.branch, createdAt: Date(timeIntervalSince1970: 0))
        state.phase = phase
        state.image = Image(reference: "r", id: id, key: nil, definition: nil)
        return TaskRecord(sequence: 0, id: name, currentState: state)
    }

    /// The reasons of what goes, by id.
    static func removed(
        _ images: [StoredImage], tasks: [TaskRecord] = [], _ change: (inout PruneDecision.Choice) -> Void = { _ in },
        gone: Set<String> = []
    ) -> [String: String] {
        var choice = PruneDecision.Choice()
        change(&choice)
        let decision = PruneDecision(
            place: .docker, tasks: tasks, now: now, choice: choice, projectExists: { !gone.contains($0) })
        let verdicts = decision.verdicts(images)
        #expect(Set(verdicts.map(\.image.id)) == Set(images.map(\.id)))
        return Dictionary(
            uniqueKeysWithValues: verdicts.filter(\.isRemoved).map { (String($0.image.id.dropFirst(7)), $0.reason) })
    }

    @Test("what a newer one of the same definition, project and base has taken the place of goes")
    func superseded() {
        let images = [Self.image("old"), Self.image("new", created: 2000), Self.image("other", "python")]
        #expect(Self.removed(images) == ["old": "superseded by localhost/task-base:new"])
    }

    @Test("images of other projects, layers and lower images are no successors")
    func unrelated() {
        let images = [
            Self.image("a", "project", project: "/a"), Self.image("b", "project", project: "/b", created: 2000),
            Self.image("python", "python"), Self.image("node", "node"),
            Self.image("c", "claude", layer: "agent", parents: ["python"]),
            Self.image("d", "claude", layer: "agent", created: 2000, parents: ["node"]),
            Self.image("e", "base", layer: "additions"), Self.image("f", "base", created: 2000),
        ]
        #expect(Self.removed(images) == [:])
    }

    @Test("an agent's older version on the same kind of image goes, with the base that only it was built on")
    func agents() {
        let images = [
            Self.image("base1"), Self.image("base2", created: 2000),
            Self.image("claude1", "claude", layer: "agent", created: 1100, parents: ["base1"]),
            Self.image("claude2", "claude", layer: "agent", created: 2100, parents: ["base2"]),
        ]
        #expect(Set(Self.removed(images).keys) == ["claude1", "base1"])
    }

    @Test("of those that go, none goes before one that is built on it")
    func order() {
        let images = [
            Self.image("base1"), Self.image("base2", created: 2000),
            Self.image("claude1", "claude", layer: "agent", parents: ["base1"]),
            Self.image("claude2", "claude", layer: "agent", created: 2100, parents: ["base2"]),
        ]
        let decision = PruneDecision(
            place: .docker, tasks: [], now: Self.now, choice: .init(), projectExists: { _ in true })
        let order = decision.verdicts(images).filter(\.isRemoved).map(\.image.id)
        #expect(order == ["sha256:claude1", "sha256:base1"])
    }

    @Test("what a task needs stays, in whatever state the task is, even with all", arguments: Phase.allCases)
    func needed(phase: Phase) throws {
        let images = [Self.image("old"), Self.image("new", created: 2000)]
        let tasks = [try Self.task("fix", "sha256:old", phase: phase)]
        #expect(Self.removed(images, tasks: tasks) == [:])
        #expect(Set(Self.removed(images, tasks: tasks) { $0.all = true }.keys) == ["new"])
        // Podman's records may have the id alone.
        #expect(try Self.removed(images, tasks: [Self.task("fix", "old", phase: phase)]) == [:])
    }

    @Test("what a needed image is built on stays, all the way down")
    func below() throws {
        let images = [
            Self.image("base1"), Self.image("added1", "base", layer: "additions", parents: ["base1"]),
            Self.image("claude1", "claude", layer: "agent", parents: ["added1", "base1"]),
            Self.image("loose", "node"),
        ]
        let tasks = [try Self.task("fix", "sha256:claude1")]
        #expect(Set(Self.removed(images, tasks: tasks) { $0.all = true }.keys) == ["loose"])
    }

    @Test("a task on another engine needs nothing here")
    func otherEngine() throws {
        let tasks = [try Self.task("fix", "sha256:old", place: .podman)]
        let images = [Self.image("old"), Self.image("new", created: 2000)]
        #expect(Set(Self.removed(images, tasks: tasks).keys) == ["old"])
    }

    @Test("what stays keeps what it is built on")
    func keptAbove() {
        let images = [
            Self.image("base1"), Self.image("base2", created: 2000),
            Self.image("snap", "fix", layer: "snapshot", parents: ["base1"]),
        ]
        #expect(Self.removed(images) == [:])
        #expect(Set(Self.removed(images) { $0.all = true }.keys) == ["base2"])
    }

    @Test("snapshots stay, even with all")
    func snapshots() {
        #expect(Self.removed([Self.image("s", "fix", layer: "snapshot")]) { $0.all = true } == [:])
    }

    @Test("images of projects that are gone go")
    func goneProjects() {
        let images = [Self.image("a", "project", project: "/a"), Self.image("b", "project", project: "/b")]
        #expect(Self.removed(images, gone: ["/a"]) == ["a": "its project is gone"])
    }

    @Test("leftovers without a name go once they are no more being made; images that are not ours go")
    func leftovers() {
        let images = [
            Self.image("old", created: Self.now - 7200, reference: ""),
            Self.image("making", created: Self.now - 60, reference: ""),
            Self.image("poisoned", "python", isForeign: true),
        ]
        #expect(Set(Self.removed(images).keys) == ["old", "poisoned"])
    }

    @Test("an image that is not ours takes nothing's place, nor does one without a name")
    func noSuccessors() {
        let images = [
            Self.image("good"), Self.image("poisoned", created: 2000, isForeign: true),
            Self.image("unfinished", created: Self.now - 10, reference: ""),
        ]
        #expect(Set(Self.removed(images).keys) == ["poisoned"])
    }

    @Test("of two that were made in one second, neither takes the other's place")
    func sameSecond() {
        #expect(Self.removed([Self.image("a"), Self.image("b")]) == [:])
    }

    @Test("an image frees what it adds to the one below it")
    func bytes() {
        let base = Self.image("base")
        var above = Self.image("above", parents: ["base"])
        above.size = 140
        #expect(PruneDecision.ownBytes(base, among: [base, above]) == 100)
        #expect(PruneDecision.ownBytes(above, among: [base, above]) == 40)
        // What is below is not of this program: then the engine's word counts.
        #expect(PruneDecision.ownBytes(above, among: [above]) == 110)
    }

    @Test("filters only ever keep more")
    func filters() {
        let images = [
            Self.image("a", created: 1000), Self.image("b", created: 2000), Self.image("c", "node", created: 3000),
        ]
        #expect(Set(Self.removed(images) { $0.all = true }.keys) == ["a", "b", "c"])
        #expect(
            Set(
                Self.removed(images) {
                    $0.all = true
                    $0.until = 2000
                }.keys) == ["a"])
        #expect(
            Set(
                Self.removed(images) {
                    $0.all = true
                    $0.names = ["node"]
                }.keys) == ["c"])
        #expect(
            Set(
                Self.removed(images) {
                    $0.all = true
                    $0.names = ["task-base:*", "nothing"]
                }.keys) == ["a", "b"])
        #expect(Self.removed(images) { $0.names = ["node"] } == [:])
    }

    @Test("caches of projects that are gone go; with all, those that no task mounts")
    func caches() throws {
        func cache(_ name: String, _ project: String) -> StoredCache {
            StoredCache(volume: "v-\(name)", name: name, project: project, user: 0, size: 5, created: 1000)
        }
        let caches = [cache("npm", "/gone"), cache("pip", "/here"), cache("used", "/gone")]
        let fix = try #require(TaskID("fix"))
        func removed(all: Bool) -> [String] {
            var choice = PruneDecision.Choice()
            choice.all = all
            return PruneDecision(
                place: .docker, tasks: [], now: Self.now, choice: choice, projectExists: { $0 == "/here" }
            ).verdicts(caches, mounted: ["v-used": [fix]]).filter(\.isRemoved).map(\.cache.name)
        }
        #expect(removed(all: false) == ["npm"])
        #expect(removed(all: true) == ["npm", "pip"])
    }
}
