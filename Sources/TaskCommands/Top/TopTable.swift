import FoundationEssentials
import Supervision
import System
import TaskModel

/// The rows of tasks: columns that line up, and below each task a line of what it says. Pure.
struct TopTable {
    private struct Cell {
        var text: String
        var width: Int
        var isRight = false
        var style = Frame.Style.plain
    }

    private let columns: Int
    private let now: Date
    private let nameWidth: Int
    private let placeWidth: Int

    init(_ tasks: [DashboardTask], columns: Int, now: Date) {
        self.columns = columns
        self.now = now
        let names = tasks.map { $0.id.description.utf8.count }.max() ?? 0
        nameWidth = min(max(4, names), columns >= 120 ? 40 : 24)
        placeWidth = max(5, tasks.map { Self.place($0).utf8.count }.max() ?? 0)
    }

    /// The columns' names.
    var heading: Frame.Line {
        let names = ["NAME", "PHASE", "PLACE", "AGE", "CPU", "MEMORY", "REFUSED", "BRANCH"]
        return line("  ", names, Array(repeating: .dim, count: names.count))
    }

    /// A task's first line.
    func row(_ task: DashboardTask, mark: Character = " ") -> Frame.Line {
        let state = task.state
        let isOver = state.phase == .ended
        let usual: Frame.Style = isOver ? .dim : .plain
        let texts = [
            task.id.description, Self.phase(task), Self.place(task),
            Age.text(now.timeIntervalSince(state.createdAt)),
            task.usage?.processor.map { "\($0)%" } ?? "-",
            task.usage.map { ByteCount.text(Int64(clamping: $0.memory)) } ?? "-",
            Self.count(task.denials), state.branch,
        ]
        let phase: Frame.Style =
            isOver ? .dim : state.waiting != nil ? .warning : state.phase == .running ? .good : .plain
        return line(
            "\(mark) ", texts,
            [
                isOver ? .dim : .bold, phase, state.isUnsafe ? .alarm : usual, usual, usual, usual,
                task.denials > 0 && !isOver ? .bad : usual, usual,
            ])
    }

    /// What a task says: why it waits or how it ended, what was refused it last, and the last line that it printed.
    func lineBelow(_ task: DashboardTask) -> Frame.Line {
        let state = task.state
        let room = columns - 4
        var spans: [Frame.Span] = []
        func add(_ text: String, _ style: Frame.Style, atMost share: Int) {
            if text.isEmpty { return }
            if !spans.isEmpty { spans.append(Frame.Span("  ")) }
            spans.append(Frame.Span(DisplayWidth.cut(text, to: share), style))
        }
        if let reason = state.waiting {
            add("waiting: \(PlainText.line(reason, limit: 300))", .warning, atMost: room / 2)
        }
        if let ending = state.ending {
            add(PlainText.line(ending.summary, limit: 300), ending == .exited(code: 0) ? .dim : .bad, atMost: room / 2)
        }
        if state.phase != .ended, !task.lastDenied.isEmpty { add("refused \(task.lastDenied)", .bad, atMost: room / 2) }
        let left = room - spans.reduce(0) { $0 + DisplayWidth.of($1.text) } - (spans.isEmpty ? 0 : 2)
        if left >= 10 { add(Self.trimmed(task.lastLine), .dim, atMost: left) }
        return Frame.Line([Frame.Span("    ")] + spans)
    }

    static func phase(_ task: DashboardTask) -> String {
        task.state.phase == .running && task.state.waiting != nil ? "waiting" : task.state.phase.rawValue
    }

    static func place(_ task: DashboardTask) -> String {
        task.state.isUnsafe ? "\(task.state.place.rawValue) UNSAFE" : task.state.place.rawValue
    }

    private static func count(_ denials: Int) -> String {
        denials == 0 ? "-" : denials < 100_000 ? "\(denials)" : "\(denials / 1000)k"
    }

    private static func trimmed(_ text: String) -> String { String(text.drop { $0 == " " }) }

    private func line(_ mark: String, _ texts: [String], _ styles: [Frame.Style]) -> Frame.Line {
        let widths = [nameWidth, 9, placeWidth, 4, 5, 7, 7]
        var spans = [Frame.Span(mark)]
        var used = 2
        for (index, width) in widths.enumerated() {
            let text = DisplayWidth.cut(texts[index], to: width)
            let gap = String(repeating: " ", count: width - DisplayWidth.of(text))
            let cell = index >= 3 ? gap + text : text + gap
            spans += [Frame.Span(cell, styles[index]), Frame.Span("  ")]
            used += width + 2
        }
        // A branch is named after its task: where it does not fit it is not missed.
        if columns - used >= 8 { spans.append(Frame.Span(DisplayWidth.cut(texts[7], to: columns - used), styles[7])) }
        return Frame.Line(spans)
    }
}
