import Foundation
import ImageLibrary
import Synchronization
import System
import TaskModel
import Testing

@testable import EngineAPI
@testable import Environments

/// What was complained of.
private final class Complaints: Sendable {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }
    func add(_ text: String) { state.withLock { $0.append(text) } }
}

@Suite("Records of images") final class ImageRecordTests: Sendable {
    private let root = "/var/tmp/task-record-tests-\(UInt64.random(in: 0...UInt64.max))"
    private let complaints = Complaints()
    private let key = String(repeating: "a", count: 64)

    deinit { try? FileTree.remove(root) }

    private var records: ImageRecords {
        ImageRecords(stateRoot: root, place: .docker) { [complaints] in complaints.add($0) }
    }

    private func record(_ key: String, created: Int64 = 1) -> ImageRecord {
        ImageRecord(
            key: key, id: "sha256:" + String(repeating: "1", count: 64), reference: "localhost/task-x:1",
            definition: "x", layer: .environment, project: "/p", created: created, agentVersion: nil, digest: nil,
            added: nil, parents: [], parentKeys: [], formerIDs: [])
    }

    private let manifest = BuildManifest(
        recipe: 1, definition: ["a": "b"], arguments: [:], images: [:], files: ["f": "644 x"])

    @Test("what is written is read again, the newest first")
    func roundTrip() throws {
        let other = String(repeating: "b", count: 64)
        try records.write(record(key), manifest)
        try records.write(record(other, created: 2), nil)
        #expect(records.record(key) == record(key) && records.manifest(key) == manifest)
        #expect(records.manifest(other) == nil)
        #expect(records.all().map(\.key) == [other, key])
        #expect(records.lastUse(key) == nil)
        records.use(key)
        let age = try Int64(Date().timeIntervalSince1970) - #require(records.lastUse(key))
        #expect((-2...60).contains(age))
        try records.remove(key)
        #expect(records.record(key) == nil && records.manifest(key) == nil && records.lastUse(key) == nil)
        #expect(complaints.all == [])
    }

    @Test(
        "a damaged one counts as none, and is said",
        arguments: [
            "", "{", "[]", #"{"version":1}"#, "null", String(repeating: "[", count: 100_000),
            String(repeating: " ", count: 2 << 20),
        ])
    func damaged(text: String) throws {
        try records.write(record(key), manifest)
        try Files.replace("\(records.directory)/\(key).json", with: Array(text.utf8))
        #expect(records.record(key) == nil && records.all() == [])
        #expect(complaints.all.allSatisfy { $0.contains("\(key).json") && $0.count < 600 })
        #expect(complaints.all.count == 2)
    }

    @Test("one of another version, with another key in it, or with no id, is none")
    func untrusted() throws {
        for change in [
            { $0.version = 2 }, { $0.key = String(repeating: "c", count: 64) }, { $0.id = "sha256:1" },
            { $0.id = "localhost/task-x:1" },
        ] as [(inout ImageRecord) -> Void] {
            try records.write(record(key), nil)
            var changed = record(key)
            change(&changed)
            try Files.replace("\(records.directory)/\(key).json", with: Array(JSONEncoder().encode(changed)))
            #expect(records.record(key) == nil)
        }
        #expect(complaints.all.count == 4)
        for name in ["", "..", "../x", "memo", String(repeating: "A", count: 64)] {
            #expect(records.record(name) == nil)
        }
        #expect(throws: TaskError.self) { try self.records.write(self.record("../x"), nil) }
    }

    @Test("a memo holds for one image, user and name, and for one version of how images are looked at")
    func memos() throws {
        let id = "sha256:" + String(repeating: "2", count: 64)
        let memo = ImageMemo(version: ImageRecipe.memoVersion, named: "node", added: ["git"], containerfile: "FROM x")
        try records.write(memo, of: id, user: 1000)
        #expect(records.memo(id, user: 1000, named: "node") == memo)
        #expect(records.memo(id, user: 1001, named: "node") == nil && records.memo(id, user: 1000, named: nil) == nil)
        #expect(records.memo("sha256:../x", user: 1000, named: "node") == nil)
        var old = memo
        old.version = ImageRecipe.memoVersion - 1
        try records.write(old, of: id, user: 1000)
        #expect(records.memo(id, user: 1000, named: "node") == nil)
    }

    @Test("one lock for each key")
    func locks() throws {
        let first = try records.lock(key)
        #expect(first != nil)
        #expect(try records.lock(key) == nil)
        #expect(try records.lock(String(repeating: "b", count: 64)) != nil)
        withExtendedLifetime(first) {}
    }
}

@Suite("Names of images") struct ImageNameTests {
    @Test(
        "names that an engine can be asked for",
        arguments: ["debian", "debian:12", "a.b:5000/c/d_e:f-g", "x@sha256:0123", "sha256:0123", "A/b"])
    func sound(name: String) throws {
        try ImageName.check(name)
    }

    @Test(
        "flags, spaces, controls and what a shell would look at are refused",
        arguments: [
            "", "-x", "--privileged", "a b", "a\tb", "a\u{0}", "ä", "a;b", "a$b", "a'b",
            String(repeating: "a", count: 600),
        ])
    func refused(name: String) {
        let error = #expect(throws: TaskError.self) { try ImageName.check(name) }
        #expect(error?.kind == .usage)
    }

    @Test("names without a registry are Docker Hub's")
    func hub() {
        #expect(ImageName.onDockerHub("debian:12") == "docker.io/library/debian:12")
        #expect(ImageName.onDockerHub("a/b") == "docker.io/a/b")
        for name in ["ghcr.io/a/b", "localhost/a", "host:5000/a"] { #expect(ImageName.onDockerHub(name) == nil) }
        #expect(ImageName.isLocal("localhost/a") && !ImageName.isLocal("localhost:5000/a"))
        #expect(ImageName.isLocal("sha256:" + String(repeating: "0", count: 64)))
    }

    @Test("references that images get are names, whatever the definition is called")
    func references() throws {
        let key = String(repeating: "k", count: 64)
        for name in ["base", "Ärger", "a/b:c", "--", "", String(repeating: "x", count: 500), "debian:12@sha256:00"] {
            let reference = ImageRecipe.reference(name, key: key, owner: "0123456789ab")
            try ImageName.check(reference)
            #expect(reference.hasPrefix("localhost/task-") && reference.hasSuffix(":kkkkkkkkkkkkkkkk-012345"))
            #expect(reference.utf8.count < 120)
        }
    }
}

@Suite("What a build says") struct BuildLogTests {
    private func log(_ events: [BuildProgress]) -> BuildLog {
        let log = BuildLog { _ in }
        for event in events { log.receive(event) }
        return log
    }

    @Test("the failing step is named as it stands in the Containerfile")
    func step() {
        #expect(log([]).step == nil)
        let steps: [BuildProgress] = [
            .started(step: "a", name: "[internal] load build context"),
            .started(step: "b", name: "[stage 2/5] RUN make"),
            .started(step: "c", name: "[3/5] COPY x /"),
        ]
        #expect(log(steps).step == "COPY x /")
        #expect(log(steps + [.failed(step: "b", message: "x"), .failed(step: "c", message: "y")]).step == "RUN make")
        #expect(log([.started(step: "1/1", name: "RUN a\u{1b}[2Jb")]).step == "RUN a\\u{1B}[2Jb")
    }

    @Test("a failure becomes an error with a next command")
    func errors() {
        let trouble = BuildTrouble(image: "project", path: "/p/Containerfile", place: "docker", hint: nil)
        func error(_ message: String) -> TaskError {
            trouble.error(
                .response(status: 200, message: message, route: "POST /build"),
                log([.started(step: "1", name: "RUN make")]))
        }
        let exit = error("The command '/bin/sh -c make' returned a non-zero code: 2")
        #expect(exit.message == "cannot build the image 'project' at the step 'RUN make': it ended with exit code 2")
        #expect(exit.next == "correct '/p/Containerfile', then the same command again")
        let full = error("write /x: no space left on device")
        #expect(full.message.contains("the disk of docker is full") && full.next?.hasPrefix("task image prune") == true)
        #expect(trouble.error(.cancelled, log([])).message.contains("cancelled"))
    }

    @Test("links out of the context are only spoken of where a file of the context is missing")
    func hints() {
        let trouble = BuildTrouble(image: "project", path: nil, place: "docker", hint: "a link")
        func message(_ said: String, _ step: String) -> String {
            trouble.error(
                .response(status: 200, message: said, route: "POST /build"), log([.started(step: "1", name: step)])
            ).message
        }
        #expect(message("COPY failed: file not found", "COPY a /").hasSuffix("; a link"))
        #expect(!message("The command 'make' returned a non-zero code: 2", "RUN make").contains("a link"))
    }

    @Test("a large context is warned of with its largest files, a smaller one is not")
    func contexts() throws {
        let root = "/var/tmp/task-context-tests-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileTree.remove(root) }
        try Files.makeDirectory("\(root)/data")
        try Files.replace("\(root)/Containerfile", with: Array("FROM scratch".utf8))
        for number in 1...12 {
            try Files.replace("\(root)/data/\(number).bin", with: [UInt8](repeating: 0, count: number << 10))
        }
        let context = try BuildContext(
            of: BuildSource(context: root, containerfile: "\(root)/Containerfile"), memory: nil)
        #expect(LayerBuilder.warning(of: context, from: 1 << 20) == nil)
        let warning = try #require(LayerBuilder.warning(of: context, from: 10_000))
        #expect(warning.contains(root) && warning.contains(".containerignore"))
        for number in 3...12 { #expect(warning.contains(" data/\(number).bin"), "\(warning)") }
        #expect(!warning.contains("data/2.bin"))
    }
}

@Suite("Archives to import") struct ArchiveKindTests {
    private func kind(_ bytes: [UInt8]) throws -> ArchiveKind {
        let path = "/var/tmp/task-archive-tests-\(UInt64.random(in: 0...UInt64.max))"
        try Files.replace(path, with: bytes)
        defer { try? Files.remove(path) }
        return try ArchiveKind(of: Descriptor.open(path, O_RDONLY))
    }

    @Test("saved images are known by their content, and so are file systems")
    func kinds() throws {
        #expect(try kind(Archive.of([("manifest.json", [1, 2, 3])])) == .images)
        #expect(try kind(Archive.of([("oci-layout", [])])) == .images)
        #expect(
            try kind(
                Archive.of([("a", [UInt8](repeating: 1, count: 700))]).dropLast(1024)
                    + Archive.of([("manifest.json", [1])]))
                == .images)
        #expect(try kind(Archive.of([("etc", [1])])) == .files)
    }

    @Test("what is no archive is refused")
    func refused() {
        #expect(throws: TaskError.self) { try self.kind([]) }
        #expect(throws: TaskError.self) { try self.kind([UInt8](repeating: 7, count: 2000)) }
        let compressed = #expect(throws: TaskError.self) {
            try self.kind([0x1f, 0x8b] + [UInt8](repeating: 0, count: 1000))
        }
        #expect(compressed?.message.contains("gzip") == true)
        var damaged = Archive.of([("a", [1])])
        for index in 124..<136 { damaged[index] = 0x39 }
        #expect(throws: TaskError.self) { try self.kind(damaged) }
    }
}
