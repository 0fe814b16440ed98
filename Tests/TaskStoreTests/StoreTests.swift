import Foundation
import System
import TaskModel
import Testing

@testable import TaskStore

/// A store in a directory of its own, which goes with the object.
final class Scratch: Sendable {
    let store = TaskStore(root: "/tmp/task-store-tests-\(getpid())-\(UInt64.random(in: .min ... .max))")

    deinit { try? FileTree.remove(store.root) }

    func inputs(_ name: String, command: String = "true") throws -> TaskInputs {
        TaskInputs(
            id: try #require(TaskID(name)), createdAt: Date(timeIntervalSince1970: 1_800_000_000),
            repository: Repository(path: "/p", gitDirectory: "/p/.git", objectFormat: "sha1"),
            base: Base(reference: "HEAD", commit: String(repeating: "a", count: 40), branch: nil), author: nil,
            subdirectory: "",
            includes: [], command: [command], environment: [], place: .docker, image: nil,
            limits: Limits(memory: nil, milliCPUs: nil, processes: nil), timeout: nil)
    }

    func record(_ inputs: TaskInputs) -> TaskRecord {
        TaskRecord(
            sequence: 0, id: inputs.id,
            currentState: CurrentState(place: inputs.place, branch: inputs.id.branch, createdAt: inputs.createdAt))
    }

    @discardableResult
    func create(_ name: String, command: String = "true") throws -> TaskDirectory {
        let inputs = try inputs(name, command: command)
        return try store.create(inputs, record(inputs))
    }
}

@Suite("The store of tasks") struct StoreTests {
    @Test("what is made can be read, and only by its owner")
    func create() throws {
        let scratch = Scratch()
        #expect(try scratch.store.ids() == [])
        let directory = try scratch.create("one")
        #expect(try directory.readInputs() == scratch.inputs("one"))
        #expect(try directory.readRecord() == scratch.record(scratch.inputs("one")))
        #expect(try directory.readOutline().id == directory.id)
        #expect(try directory.readProject() == scratch.inputs("one").repository.path)
        #expect(try scratch.store.ids().map(\.description) == ["one"])
        var events = EventReader(directory)
        let first = try events.next()
        #expect(first.map(\.event) == [.created])
        #expect(first.map(\.sequence) == [1])
        for path in [scratch.store.root, directory.path, directory.home] {
            #expect(try mode(path) == 0o700, "\(path)")
        }
        for path in [directory.inputs, directory.state, directory.events] {
            #expect(try mode(path) == 0o600, "\(path)")
        }
    }

    @Test("a name that is taken is refused, and what has it is left as it is")
    func taken() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        let error = #expect(throws: TaskError.self) { try scratch.create("one", command: "false") }
        #expect(error?.kind == .noSandbox)
        #expect(error?.message == "the name 'one' is taken by another task")
        #expect(try directory.readInputs().command == ["true"])
        #expect(try Files.list("\(scratch.store.root)/tasks") == ["one"])
    }

    @Test("of many that want one name at once, exactly one gets it, whole")
    func race() async throws {
        let scratch = Scratch()
        for round in 1...20 {
            let winners = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 1...8 {
                    group.addTask {
                        do {
                            try scratch.create("race\(round)", command: "c\(number)")
                            return "c\(number)"
                        } catch let error as TaskError {
                            #expect(error.message.contains("race\(round)"))
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [String]()) { if let winner = $1 { $0.append(winner) } }
            }
            #expect(winners.count == 1, "\(winners)")
            let directory = scratch.store.directory(try #require(TaskID("race\(round)")))
            #expect(try directory.readInputs().command == winners)
            #expect(try directory.readRecord().id == directory.id)
        }
        #expect(try Files.list("\(scratch.store.root)/tasks").count == 20)
    }

    @Test("where a file cannot be written, nothing is there afterwards")
    func allOrNothing() throws {
        let scratch = Scratch()
        // The log refuses an event that is too long, after both other files are written.
        var inputs = try scratch.inputs("one")
        inputs.base.commit = String(repeating: "a", count: 70_000)
        let error = #expect(throws: TaskError.self) { try scratch.store.create(inputs, scratch.record(inputs)) }
        #expect(error?.kind == .noSandbox)
        #expect(error?.message.hasPrefix("cannot make the task 'one': ") == true)
        #expect(try Files.list("\(scratch.store.root)/tasks") == [])
    }

    @Test("where there can be no directory, the error names it")
    func noDirectory() throws {
        let scratch = Scratch()
        try Files.makeDirectory(scratch.store.root)
        try Files.replace("\(scratch.store.root)/tasks", with: [])
        let error = #expect(throws: TaskError.self) { try scratch.create("one") }
        #expect(error?.kind == .noSandbox)
        #expect(error?.message.contains("\(scratch.store.root)/tasks") == true)
    }

    @Test("a directory that a crash left half made is no task, and the next attempt is not kept from its name")
    func halfMade() throws {
        let scratch = Scratch()
        try Files.makeDirectory("\(scratch.store.root)/tasks/.new-one-\(getpid())")
        try Files.makeDirectory("\(scratch.store.root)/tasks/.new-one-1")
        try Files.replace("\(scratch.store.root)/tasks/.new-one-\(getpid())/inputs.json", with: Array("{".utf8))
        #expect(try scratch.store.ids() == [])
        let directory = try scratch.create("one")
        #expect(try directory.readInputs().command == ["true"])
    }

    @Test("removed is gone at once, and what an earlier removal left goes too")
    func remove() throws {
        let scratch = Scratch()
        let directory = try scratch.create("one")
        try Files.makeDirectory("\(scratch.store.root)/tasks/.removed-two-1/deep")
        try Files.replace("\(directory.home)/file", with: [1])
        try scratch.store.remove(directory.id)
        #expect(try Files.list("\(scratch.store.root)/tasks") == [])
        #expect(!scratch.store.contains(directory.id))
        let error = #expect(throws: TaskError.self) { try scratch.store.existing(directory.id) }
        #expect(error?.description == "there is no task 'one'\n  next: task list")
        #expect(throws: TaskError.self) { try scratch.store.remove(directory.id) }
        try scratch.create("one")
    }

    @Test("names that are no task's are passed over")
    func strangers() throws {
        let scratch = Scratch()
        try scratch.create("one")
        for name in [".hidden", "Upper", "a b", "lost+found"] {
            try Files.makeDirectory("\(scratch.store.root)/tasks/\(name)")
        }
        #expect(try scratch.store.ids().map(\.description) == ["one"])
    }

    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try #require(lstat(path, &status) == 0, "\(path)")
        return status.st_mode & 0o7777
    }
}
