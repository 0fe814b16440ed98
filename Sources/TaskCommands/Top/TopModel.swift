import FoundationEssentials
import Supervision
import System
import TaskModel

/// What the dashboard shows and what keys do to it. Pure: what has to be done outside is handed out.
struct TopModel {
    /// Something that a key asks for.
    enum Action: Equatable {
        case attach(TaskID)
        case diff(TaskID)
        case stop(TaskID)
        case send(TaskID, String)
        case quit, suspend, redraw
    }

    /// What keys are for at the moment.
    enum Mode: Equatable {
        case list
        case help
        case stopping(TaskID)
        case typing(TaskID, String)
        case reading(TopReader)
    }

    /// A line of text is not longer when it is typed here.
    private static let longestText = 4000

    private(set) var mode = Mode.list
    /// The tasks that are shown, in their order.
    private(set) var tasks: [DashboardTask] = []
    /// The one that keys are about; nil only where there is none.
    private(set) var selected: TaskID?
    /// True where all tasks that have ended are shown, and not only those of the last hour.
    private(set) var showsOld = false
    /// How many ended tasks are not shown.
    private(set) var hidden = 0
    /// What came of the last action.
    private(set) var notice: Notice?
    /// How many tasks cannot be read.
    var unreadable = 0
    /// The size of the screen.
    var columns = 80
    var rows = 24
    /// True before anything was seen.
    private(set) var isFresh = true

    /// A word below, until a key is pressed.
    struct Notice: Equatable {
        var text: String
        var isError: Bool
    }

    /// Takes in what there is now: running tasks first, then those that have ended, each newest first.
    mutating func show(_ all: [DashboardTask], now: Date) {
        isFresh = false
        let ended = all.filter { $0.state.phase == .ended }
        let shown = showsOld ? ended : ended.filter { !$0.endedLongAgo(now: now) }
        let place = index
        tasks = all.filter { $0.state.phase != .ended } + shown
        hidden = ended.count - shown.count
        if !tasks.contains(where: { $0.id == selected }) {
            selected = tasks.isEmpty ? nil : tasks[min(place, tasks.count - 1)].id
        }
        switch mode {
        case .stopping(let id), .typing(let id, _):
            if !tasks.contains(where: { $0.id == id && $0.state.phase != .ended }) { mode = .list }
        case .reading(var reader):
            if case .output(let id) = reader.source, let task = tasks.first(where: { $0.id == id }) {
                reader.lines = task.output
                mode = .reading(reader)
            }
        case .list, .help: break
        }
    }

    /// Says what came of an action.
    mutating func say(_ text: String, isError: Bool = false) {
        notice = Notice(text: PlainText.line(text, limit: 500), isError: isError)
    }

    /// What was said is no longer of interest.
    mutating func hush() { notice = nil }

    /// Shows some text from its top.
    mutating func read(_ title: String, _ lines: [String]) {
        mode = .reading(TopReader(title: title, source: .text, lines: lines, top: 0))
    }

    /// The task that keys are about.
    var task: DashboardTask? { tasks.first { $0.id == selected } }
    private var index: Int { tasks.firstIndex { $0.id == selected } ?? 0 }
    /// True where the screen is too small for anything but saying so.
    var isTooSmall: Bool { columns < 80 || rows < 24 }

    /// Takes a key in.
    mutating func press(_ key: Key) -> Action? {
        if key == .control("z") { return .suspend }
        if key == .control("l") { return .redraw }
        if isTooSmall, key == .character("q") { return .quit }
        switch mode {
        case .list: return pressInList(key)
        case .help: mode = .list
        case .stopping(let id):
            mode = .list
            if key == .character("y") { return .stop(id) }
        case .typing(let id, let text): return type(key, id, text)
        case .reading(var reader):
            if reader.press(key, columns: columns, rows: rows) {
                mode = .reading(reader)
            } else {
                mode = .list
            }
        }
        return nil
    }

    private mutating func pressInList(_ key: Key) -> Action? {
        notice = nil
        switch key {
        case .character("q"), .control("c"), .control("d"): return .quit
        case .up, .character("k"), .control("p"): move(by: -1)
        case .down, .character("j"), .control("n"): move(by: 1)
        case .pageUp: move(by: -10)
        case .pageDown: move(by: 10)
        case .home, .character("g"): move(by: -tasks.count)
        case .end, .character("G"): move(by: tasks.count)
        case .character("e"): showsOld.toggle()
        case .character("?"), .character("h"): mode = .help
        case .enter, .character("a"): return running.map { .attach($0) }
        case .character("d"): return task.map { .diff($0.id) }
        case .character("l"):
            if let task {
                mode = .reading(
                    TopReader(title: "output of \(task.id)", source: .output(task.id), lines: task.output, top: nil))
            }
        case .character("s"): if let id = running { mode = .stopping(id) }
        case .character("i"), .character("t"): if let id = running { mode = .typing(id, "") }
        default: break
        }
        return nil
    }

    /// The selected task, if it has not ended; else it is said that it has.
    private var running: TaskID? {
        mutating get {
            guard let task else { return nil }
            if task.state.phase != .ended { return task.id }
            say("'\(task.id)' has ended; task resume \(task.id)", isError: true)
            return nil
        }
    }

    private mutating func move(by step: Int) {
        guard !tasks.isEmpty else { return }
        selected = tasks[min(max(0, index + step), tasks.count - 1)].id
    }

    private mutating func type(_ key: Key, _ id: TaskID, _ text: String) -> Action? {
        var text = text
        switch key {
        case .enter:
            mode = .list
            return .send(id, text)
        case .escape, .control("c"), .control("d"):
            mode = .list
            return nil
        case .backspace: _ = text.popLast()
        case .control("u"): text = ""
        case .control("w"):
            while text.last == " " { text.removeLast() }
            while let last = text.last, last != " " { text.removeLast() }
        case .character(let character): text.append(character)
        case .pasted(let pasted):
            // One line; what would control the agent's terminal is not typed.
            text += String(
                String.UnicodeScalarView(
                    pasted.unicodeScalars.map { $0 == "\n" || $0 == "\r" || $0 == "\t" ? " " : $0 }.filter {
                        $0.value >= 32 && $0.value != 127 && !(0x80...0x9F).contains($0.value)
                    }))
        default: break
        }
        mode = .typing(id, String(text.prefix(Self.longestText)))
        return nil
    }
}

/// Text to read, a screen at a time.
struct TopReader: Equatable {
    /// Where the text comes from.
    enum Source: Equatable {
        /// What a task prints; it goes on.
        case output(TaskID)
        case text
    }

    var title: String
    var source: Source
    var lines: [String]
    /// The first row that is shown; nil follows the end.
    var top: Int?

    /// Takes a key in; false where it is to be closed.
    mutating func press(_ key: Key, columns: Int, rows: Int) -> Bool {
        let page = max(1, rows - 2)
        let last = max(0, wrapped(columns).count - page)
        let now = min(top ?? last, last)
        switch key {
        case .character("q"), .escape, .control("c"), .character("l"), .control("d"): return false
        case .up, .character("k"): top = max(0, now - 1)
        case .down, .character("j"), .enter: top = now + 1
        case .pageUp, .character("b"), .control("b"): top = max(0, now - page)
        case .pageDown, .character(" "), .control("f"): top = now + page
        case .home, .character("g"): top = 0
        case .end, .character("G"): top = last
        default: break
        }
        if let row = top, row >= last { top = source == .text ? last : nil }
        return true
    }

    /// The rows that are seen.
    func window(columns: Int, rows: Int) -> [String] {
        let all = wrapped(columns)
        let last = max(0, all.count - rows)
        return Array(all.dropFirst(min(top ?? last, last)).prefix(rows))
    }

    /// The lines, each in as many rows as it needs.
    private func wrapped(_ columns: Int) -> [String] { lines.flatMap { DisplayWidth.rows($0, of: columns) } }
}
