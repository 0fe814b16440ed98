import Foundation
import Supervision
import TaskModel
import Testing

@testable import TaskCommands

@Suite("The dashboard's picture") struct TopFrameTests {
    @Test("80×24: each task with what it waits for, was refused and says, and the keys")
    func usual() throws {
        var model = TopScene.model(try TopScene.all())
        try TopScene.check(model.frame(now: TopScene.now).text, "top-80x24")
        _ = model.press(.down)
        let frame = model.frame(now: TopScene.now)
        #expect(frame.lines[4].text.hasPrefix("> fix-login") && frame.lines[4].spans.map(\.style) == [.reversed])
        #expect(frame.lines[2].text.hasPrefix("  try-it"))
    }

    @Test("120×40: the selected task's events and output below")
    func large() throws {
        var model = TopScene.model(try TopScene.all(), columns: 120, rows: 40)
        _ = model.press(.down)
        try TopScene.check(model.frame(now: TopScene.now).text, "top-120x40")
    }

    @Test("many tasks: the selected one stays in sight, and no row is drawn that there is not")
    func many() throws {
        let tasks = try (1...50).map { try TopScene.task("task-\($0)", output: ["line of \($0)"]) }
        var model = TopScene.model(tasks)
        for step in 0..<50 {
            let frame = model.frame(now: TopScene.now)
            #expect(frame.lines.count <= 24)
            #expect(frame.text.contains("> task-\(step + 1) "), "\(frame.text)")
            #expect(frame.text.contains("line of \(step + 1)\n"), "\(frame.text)")
            #expect(frame.lines.last?.text.contains("q quit") == true)
            _ = model.press(.down)
        }
        try TopScene.check(model.frame(now: TopScene.now).text, "top-many")
    }

    @Test("a smaller terminal says so, and can be left", arguments: [(79, 24), (80, 23), (10, 2), (1, 1)])
    func tooSmall(columns: Int, rows: Int) throws {
        var model = TopScene.model(try TopScene.all(), columns: columns, rows: rows)
        let frame = model.frame(now: TopScene.now)
        #expect(frame.lines.allSatisfy { DisplayWidth.of($0.text) <= columns } && frame.lines.count <= rows)
        if columns > 50 {
            #expect(frame.text == "the terminal is \(columns)×\(rows), and task top needs 80×24\nq leaves\n")
        }
        #expect(model.press(.character("q")) == .quit)
        #expect(model.press(.control("c")) == .quit)
    }

    @Test("whatever tasks say, nothing of it reaches the terminal but text, and no row is too wide")
    func hostile() throws {
        let evil = "\u{1B}[2J\u{1B}]0;T\u{7}\r\n\u{9B}31m\u{202E}\u{200B}\u{E0041}"
        var task = try TopScene.task(
            "x", waiting: evil, output: [evil, String(repeating: "\u{65E5}", count: 900) + evil])
        task.lastDenied = evil
        task.denials = .max
        task.project = evil
        task.state.conflict = evil
        task.events = [
            TopScene.event(1, TaskEvent.Name(rawValue: evil), [evil: .text(evil)]),
            TopScene.event(1, .connectionRefused, ["host": .text(evil), "reason": .text(evil)]),
        ]
        task.state.ending = .failed(reason: evil)
        for (columns, rows) in [(80, 24), (100, 50), (200, 60)] {
            var model = TopScene.model([task], columns: columns, rows: rows)
            model.say(evil, isError: true)
            for key in [Key.home, .character("?"), .escape, .character("l"), .escape, .character("i"), .pasted(evil)] {
                _ = model.press(key)
                let frame = model.frame(now: TopScene.now)
                let bytes = frame.bytes(after: nil, isColored: false)
                    .replacing(/\u{1B}\[(0m|2J|\d+;1H)/, with: "")
                #expect(!bytes.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(bytes)")
                #expect(!bytes.unicodeScalars.contains { $0.properties.generalCategory == .format }, "\(bytes)")
                #expect(frame.lines.allSatisfy { DisplayWidth.of($0.text) <= columns }, "\(frame.text)")
            }
        }
    }

    @Test("only rows that have changed are written, and styles only where colour is welcome")
    func changes() throws {
        var model = TopScene.model(try TopScene.all())
        let first = model.frame(now: TopScene.now)
        #expect(first.bytes(after: first, isColored: true) == "")
        #expect(first.bytes(after: nil, isColored: true).hasPrefix("\u{1B}[0m\u{1B}[2J\u{1B}[1;1H"))
        #expect(!first.bytes(after: nil, isColored: false).contains(/\[[1-9]\d*m/))
        let second = TopScene.model(try TopScene.all()).frame(now: TopScene.now.addingTimeInterval(1))
        // The youngest task is a second older: one row.
        #expect(second.bytes(after: first, isColored: false).filter { $0 == "H" }.count == 1)
        model.columns = 100
        #expect(model.frame(now: TopScene.now).bytes(after: first, isColored: false).hasPrefix("\u{1B}[0m\u{1B}[2J"))
    }

    @Test("nothing to show is said, and how to begin")
    func empty() throws {
        var model = TopModel()
        #expect(!model.frame(now: TopScene.now).text.contains("no task runs"))
        model.show([], now: TopScene.now)
        #expect(model.frame(now: TopScene.now).text.contains("no task runs\n"))
        model.show(try TopScene.all().suffix(1), now: TopScene.now)
        #expect(model.frame(now: TopScene.now).text.contains("no task runs; e shows the 1 that ended"))
        #expect(model.plain(now: TopScene.now) == "no task runs\n")
    }

    @Test("--once prints the same rows, all of them")
    func once() throws {
        var model = TopScene.model(try TopScene.all(), columns: 100)
        model.rows = 1
        try TopScene.check(model.plain(now: TopScene.now), "top-once")
    }
}
