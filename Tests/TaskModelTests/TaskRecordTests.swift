import FoundationEssentials
import Testing

@testable import TaskModel

/// Every ending, as it stands in a file, and what a command that waited for it exits with.
private let endings: [(Ending, String, Int32)] = [
    (.exited(code: 0), #"{"exited":{"code":0}}"#, 0), (.exited(code: 255), #"{"exited":{"code":255}}"#, 255),
    (.killed(signal: 9), #"{"killed":{"signal":9}}"#, 137),
    (.killed(signal: 15), #"{"killed":{"signal":15}}"#, 143),
    (.stopped, #"{"stopped":{}}"#, 143), (.timedOut, #"{"timedOut":{}}"#, 143),
    (.failed(reason: "no image"), #"{"failed":{"reason":"no image"}}"#, 125),
    (.lost(reason: "the engine says 0"), #"{"lost":{"reason":"the engine says 0"}}"#, 1),
]

@Suite("Records") struct TaskRecordTests {
    private func record(_ change: (inout CurrentState) -> Void = { _ in }) throws -> TaskRecord {
        let id = try #require(TaskID("fix-login"))
        var state = CurrentState(place: .podman, branch: id.branch, createdAt: Golden.time(0))
        change(&state)
        return TaskRecord(sequence: 1, id: id, currentState: state)
    }

    @Test("a task that is about to be prepared")
    func new() throws {
        try Golden.check("record-1-new.json", is: try record())
    }

    @Test("a task that has been through everything")
    func full() throws {
        let record = try record { state in
            state.phase = .ended
            state.socket = "/run/podman/podman.sock"
            state.image = Image(
                reference: "localhost/task-base:1", id: "sha256:" + String(repeating: "ab", count: 32),
                key: String(repeating: "cd", count: 32), definition: "base", environment: ["PATH=/usr/bin:/bin"])
            state.volumes = [
                Volume(.workspace, source: "/state/workspace", target: "/home/ada/shop", readOnly: false),
                Volume(.objects, source: "/state/mirror/objects", target: "/task/objects", readOnly: true),
                Volume(.home, source: "/state/home", target: "/home/ada", readOnly: false),
                Volume(.control, source: "/state/run", target: "/task/run", readOnly: false),
                Volume(.guest, source: "/usr/lib/task-guest", target: "/task/guest", readOnly: true),
            ]
            state.container = Container(id: String(repeating: "ef", count: 32), name: "task-fix-login", pid: 4711)
            state.head = String(repeating: "1", count: 40)
            state.snapshot = String(repeating: "2", count: 40)
            state.ending = .exited(code: 3)
            state.startedAt = Golden.time(2)
            state.endedAt = Golden.time(3723)
        }
        try Golden.check("record-1-full.json", is: record)
    }

    @Test("its outline says the same, read by itself", arguments: ["record-1-new.json", "record-1-full.json"])
    func outline(file: String) throws {
        let text = try Golden.text(file)
        let outline = try Golden.decode(TaskOutline.self, text)
        #expect("\(outline)" == "\(TaskOutline(try Golden.decode(TaskRecord.self, text)))")
        // Something is in it.
        #expect(outline.id.description == "fix-login" && outline.currentState.createdAt == Golden.time(0))
        let reference = file.contains("full") ? "localhost/task-base:1" : nil
        #expect(outline.currentState.image?.reference == reference)
    }

    @Test("a record from before there was a choice is of a container")
    func withoutIsolation() throws {
        let text = try Golden.encode(try record()).replacing(#""isolation" : "container","#, with: "")
        let old = try Golden.decode(TaskRecord.self, text)
        #expect(old.currentState.isolation == nil)
        #expect(!old.currentState.isUnsafe)
    }

    @Test("a place says what keeps its tasks apart from the host")
    func isolation() {
        let states = Place.allCases.map { CurrentState(place: $0, branch: "task/x", createdAt: Golden.time(0)) }
        #expect(states.map(\.isolation) == [.container, .container, Isolation.none])
        #expect(states.map(\.isUnsafe) == [false, false, true])
    }

    @Test("every ending has its form and its exit code", arguments: endings)
    func everyEnding(ending: Ending, json: String, code: Int32) throws {
        #expect(try Golden.decode(Ending.self, json) == ending)
        #expect(try Golden.decode(Ending.self, Golden.encode(ending)) == ending)
        #expect(ending.exitCode == code)
        #expect(try Golden.encode(ending).filter { !$0.isWhitespace } == json.filter { !$0.isWhitespace })
    }

    @Test("only an exit code of the agent's own is success")
    func success() {
        #expect(endings.filter { $0.2 == 0 }.map(\.0) == [.exited(code: 0)])
    }

    @Test("words that stand in files do not change")
    func words() {
        #expect(Phase.allCases.map(\.rawValue) == ["preparing", "running", "ending", "ended"])
        #expect(Place.allCases.map(\.rawValue) == ["docker", "podman", "local"])
    }

    @Test(
        "an ending that is none is an error",
        arguments: [
            "{}", "null", "\"stopped\"", #"{"exited":{}}"#, #"{"exited":{"code":256}}"#, #"{"exited":{"code":-1}}"#,
            #"{"vanished":{}}"#, #"{"stopped":{},"timedOut":{}}"#,
        ])
    func badEndings(json: String) {
        #expect(throws: DecodingError.self) { try Golden.decode(Ending.self, json) }
    }
}
