import Foundation
import Supervision
import TaskModel
import Testing

@testable import TaskCommands

@Suite("The dashboard's keys") struct TopKeyTests {
    @Test(
        "bytes are keys, whatever pieces they come in",
        arguments: [
            ("q", [.character("q")]), ("\u{1B}[A\u{1B}OB", [.up, .down]), ("\u{1B}[1;5A", [.up]),
            ("\u{1B}[5~\u{1B}[6~\u{1B}[H\u{1B}[4~", [.pageUp, .pageDown, .home, .end]), ("\r\n", [.enter, .enter]),
            ("\u{3}\u{1A}\u{7F}\u{8}", [.control("c"), .control("z"), .backspace, .backspace]),
            ("\u{FC}\u{65E5}\u{1F680}", [.character("\u{FC}"), .character("\u{65E5}"), .character("\u{1F680}")]),
            ("\u{1B}[200~sy\u{1B}[A\n\u{1B}[201~q", [.pasted("sy\u{1B}[A\n"), .character("q")]),
            ("\u{1B}[<0;1;1M\u{1B}[99~\u{1B}xq", [.character("q")]), ("\u{85}\u{9B}q", [.character("q")]),
        ] as [(String, [Key])])
    func bytes(text: String, keys: [Key]) {
        var whole = KeyReader()
        #expect(whole.read(Array(text.utf8)) == keys)
        var pieces = KeyReader()
        #expect(text.utf8.flatMap { pieces.read([$0]) } == keys)
        #expect(!pieces.isPending)
    }

    @Test("an escape alone is a key once nothing follows")
    func escape() {
        var reader = KeyReader()
        #expect(reader.read([0x1B]) == [] && reader.isPending)
        #expect(reader.flush() == [.escape] && !reader.isPending)
        #expect(reader.flush() == [])
        #expect(reader.read(Array("\u{1B}\u{1B}".utf8)) == [.escape])
    }

    @Test("what is no text, and a paste without end, are bounded")
    func garbage() {
        var reader = KeyReader()
        #expect(reader.read([0xFF, 0xC3, 0x28, 0x80, 0xF0, 0x9F]) == [.character("(")])
        #expect(reader.read(Array("\u{1B}[".utf8) + Array(repeating: 0x31, count: 5000)).count < 5000)
        reader = KeyReader()
        #expect(reader.read(Array("\u{1B}[200~".utf8) + Array(repeating: 0x61, count: 100_000)) == [])
        guard case .pasted(let text)? = reader.read(Array("\u{1B}[201~".utf8)).first else {
            Issue.record("the end of the paste was not found")
            return
        }
        #expect(text.count == 16 << 10)
    }

    @Test("keys move, and ask for what is to be done with the selected task")
    func list() throws {
        var model = TopScene.model(try TopScene.all())
        let (first, second) = (try TopScene.id("try-it"), try TopScene.id("fix-login"))
        #expect(model.selected == first)
        #expect(model.press(.up) == nil && model.selected == first)
        #expect(model.press(.character("j")) == nil && model.selected == second)
        #expect(model.press(.enter) == .attach(second))
        #expect(model.press(.character("a")) == .attach(second))
        #expect(model.press(.character("d")) == .diff(second))
        #expect(model.press(.end) == nil && model.selected?.description == "bump")
        #expect(model.press(.home) == nil && model.selected == first)
        #expect(model.press(.control("z")) == .suspend && model.press(.control("l")) == .redraw)
        #expect(model.press(.character("q")) == .quit && model.press(.control("c")) == .quit)
        // What is pasted is no key.
        #expect(model.press(.pasted("syq")) == nil && model.mode == .list)
    }

    @Test("stopping asks first, and only y means yes")
    func stopping() throws {
        let id = try TopScene.id("fix-login")
        for key in [Key.character("n"), .enter, .escape, .character("s"), .pasted("y"), .control("c")] {
            var model = TopScene.model([try TopScene.task("fix-login")])
            #expect(model.press(.character("s")) == nil && model.mode == .stopping(id))
            #expect(model.frame(now: TopScene.now).lines.last?.text == "stop fix-login? Its work is brought home. y/n")
            #expect(model.press(key) == nil && model.mode == .list)
        }
        var model = TopScene.model([try TopScene.task("fix-login")])
        _ = model.press(.character("s"))
        #expect(model.press(.character("y")) == .stop(id) && model.mode == .list)
        // One that has ended meanwhile is not asked about any more.
        _ = model.press(.character("s"))
        model.show([try TopScene.task("fix-login", phase: .ended)], now: TopScene.now)
        #expect(model.press(.character("y")) == nil)
    }

    @Test("a line is typed, corrected, pasted and sent; the end of a long one is seen")
    func typing() throws {
        let id = try TopScene.id("fix-login")
        var model = TopScene.model([try TopScene.task("fix-login")])
        _ = model.press(.character("i"))
        for character in "yes qx" { _ = model.press(.character(character)) }
        _ = model.press(.backspace)
        _ = model.press(.pasted("a\nb\u{1B}[2J\u{9B}c"))
        #expect(model.frame(now: TopScene.now).lines.last?.text == "send to fix-login: yes qa b[2Jc_")
        #expect(model.press(.enter) == .send(id, "yes qa b[2Jc") && model.mode == .list)
        _ = model.press(.character("t"))
        for _ in 0..<50 { _ = model.press(.character("\u{65E5}")) }
        _ = model.press(.character("!"))
        let line = try #require(model.frame(now: TopScene.now).lines.last)
        #expect(line.text.hasSuffix("\u{65E5}!_") && DisplayWidth.of(line.text) <= 80)
        _ = model.press(.control("u"))
        #expect(model.mode == .typing(id, ""))
        #expect(model.press(.escape) == nil && model.mode == .list)
    }

    @Test("what has ended is not attached to, typed into or stopped, and that is said")
    func ended() throws {
        for key in [Key.enter, .character("s"), .character("i")] {
            var model = TopScene.model([try TopScene.task("over", phase: .ended)])
            #expect(model.press(key) == nil && model.mode == .list)
            #expect(model.frame(now: TopScene.now).lines.last?.text == "'over' has ended; task resume over")
            _ = model.press(.down)
            #expect(model.notice == nil)
        }
    }

    @Test("e shows those that ended long ago as well")
    func old() throws {
        var model = TopScene.model(try TopScene.all())
        #expect(model.tasks.count == 5 && model.hidden == 1)
        _ = model.press(.character("e"))
        model.show(try TopScene.all(), now: TopScene.now)
        #expect(model.tasks.map(\.id.description).last == "last-week" && model.hidden == 0)
    }

    @Test("the selection stays with its task, and goes to a neighbour when that is gone")
    func selection() throws {
        let tasks = try ["c", "b", "a"].map { try TopScene.task($0) }
        var model = TopScene.model(tasks)
        _ = model.press(.down)
        model.show([try TopScene.task("d")] + tasks, now: TopScene.now)
        #expect(model.selected?.description == "b")
        model.show([try TopScene.task("d"), tasks[0], tasks[2]], now: TopScene.now)
        #expect(model.selected?.description == "a")
        model.show([], now: TopScene.now)
        #expect(model.selected == nil && model.press(.enter) == nil)
    }

    @Test("output is read page by page, and followed at its end")
    func reading() throws {
        var task = try TopScene.task("fix-login", output: (1...100).map { "line \($0)" })
        var model = TopScene.model([task])
        _ = model.press(.character("l"))
        func rows() -> [String] { model.frame(now: TopScene.now).lines.map(\.text) }
        #expect(rows()[1] == "line 79" && rows()[22] == "line 100")
        task.output.append("line 101")
        model.show([task], now: TopScene.now)
        #expect(rows()[22] == "line 101")
        _ = model.press(.pageUp)
        #expect(rows()[22] == "line 79")
        task.output.append("line 102")
        model.show([task], now: TopScene.now)
        #expect(rows()[22] == "line 79")
        _ = model.press(.home)
        #expect(rows()[1] == "line 1")
        _ = model.press(.end)
        #expect(rows()[22] == "line 102")
        #expect(model.press(.character("q")) == nil && model.mode == .list)
        model.read("changes", (1...5).map { String(repeating: "\($0)", count: 85) })
        #expect(rows()[1].allSatisfy { $0 == "1" } && rows()[2] == "11111")
        for _ in 0..<5 { _ = model.press(.pageDown) }
        #expect(rows()[1].allSatisfy { $0 == "1" })
    }
}
