import Foundation
import Supervision
import TaskModel
import Testing

@testable import TaskCommands

/// Tasks as a dashboard may find them.
enum TopScene {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    static func id(_ name: String) throws -> TaskID { try #require(TaskID(name)) }

    static func task(
        _ name: String, place: Place = .docker, age: Double = 60, phase: Phase = .running, waiting: String? = nil,
        output: [String] = []
    ) throws -> DashboardTask {
        let id = try id(name)
        var state = CurrentState(place: place, branch: id.branch, createdAt: now.addingTimeInterval(-age))
        state.phase = phase
        state.waiting = waiting
        var task = DashboardTask(id: id, state: state)
        task.project = "/home/user/calendar"
        task.output = output
        return task
    }

    static func event(_ age: Double, _ name: TaskEvent.Name, _ data: [String: TaskEvent.Value] = [:]) -> TaskEvent {
        TaskEvent(sequence: 1, time: now.addingTimeInterval(-age), event: name, data: data)
    }

    /// One of each kind.
    static func all() throws -> [DashboardTask] {
        var fix = try task(
            "fix-login", age: 245, output: ["reading session.py", "", "14 of 20 tests pass", "╰──────╯"])
        fix.usage = DashboardTask.Usage(processor: 112, memory: 182_400_000)
        fix.denials = 13
        fix.lastDenied = "telemetry.example.com:443"
        fix.state.head = "0123456789abcdef0123456789abcdef01234567"
        fix.events = [
            event(245, .created, ["base": "fedcba98", "place": "docker"]), event(244, .started),
            event(
                30, .connectionRefused,
                ["host": "telemetry.example.com", "port": 443, "reason": "not listed", "count": 12]),
            event(4, .nameRefused, ["host": "evil\u{1B}[2J.example", "reason": "not listed", "count": 1]),
        ]
        var search = try task(
            "add-search", place: .podman, age: 3700, waiting: "permission to run \u{1B}]0;x\u{7}rm",
            output: ["Do you want to proceed? \u{65E5}\u{672C}\u{8A9E}\u{306E}\u{5165}\u{529B}"])
        search.usage = DashboardTask.Usage(processor: 0, memory: 96_000_000)
        let unsafe = try task("try-it", place: .local, age: 20, phase: .preparing)
        var done = try task("update-docs", age: 9000, phase: .ended, output: ["all is written"])
        done.state.ending = .exited(code: 0)
        done.state.endedAt = now.addingTimeInterval(-600)
        var failed = try task("bump", age: 9100, phase: .ended, output: ["no such file"])
        failed.state.ending = .lost(reason: "the container \u{202E}is gone")
        failed.state.endedAt = now.addingTimeInterval(-700)
        var old = try task("last-week", age: 700_000, phase: .ended)
        old.state.ending = .stopped
        old.state.endedAt = now.addingTimeInterval(-690_000)
        return [unsafe, fix, search, done, failed, old]
    }

    static func model(_ tasks: [DashboardTask], columns: Int = 80, rows: Int = 24) -> TopModel {
        var model = TopModel()
        (model.columns, model.rows) = (columns, rows)
        model.show(tasks, now: now)
        return model
    }

    /// Holds a picture to its golden file; one that differs is shown.
    static func check(_ picture: String, _ name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appending(path: "Golden/\(name).txt")
        #expect(picture == String(decoding: try Data(contentsOf: file), as: UTF8.self), "\(picture)")
    }
}
