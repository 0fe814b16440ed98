import FoundationEssentials
import Supervision
import System
import TaskModel

extension TopModel {
    /// Rows that the title, the columns' names and the line of keys take.
    private static let rowsAround = 3
    /// Rows of one task.
    private static let rowsOfTask = 2
    /// Rows below which nothing more is told of the selected task.
    private static let smallestDetail = 7

    /// The picture of now.
    func frame(now: Date) -> Frame {
        let lines: [Frame.Line] =
            if isTooSmall {
                [
                    Frame.Line("the terminal is \(columns)×\(rows), and task top needs 80×24", .bold),
                    Frame.Line("q leaves"),
                ]
            } else {
                switch mode {
                case .help: TopHelp.lines
                case .reading(let reader): reading(reader)
                default: list(now)
                }
            }
        return Frame(columns: columns, rows: rows, lines: lines)
    }

    /// All tasks and nothing around them, in as many rows as they need.
    func plain(now: Date) -> String {
        if tasks.isEmpty { return "no task runs\n" }
        let table = TopTable(tasks, columns: columns, now: now)
        let rows = tasks.flatMap { [table.row($0), table.lineBelow($0)] }
        return Frame(columns: columns, rows: rows.count + 1, lines: [table.heading] + rows).text
    }

    private func list(_ now: Date) -> [Frame.Line] {
        let room = rows - Self.rowsAround
        let needed = tasks.count * Self.rowsOfTask
        // Few tasks leave the rest to the selected one; many leave it the lower half of a large screen.
        var detail = room - needed
        if detail < Self.smallestDetail { detail = rows >= 36 ? room / 2 : 0 }
        if task == nil { detail = 0 }
        let table = TopTable(tasks, columns: columns, now: now)
        var lines = [title, table.heading] + visible(table, rows: room - detail)
        lines += Array(repeating: Frame.Line(), count: max(0, rows - 1 - detail - lines.count))
        if detail > 0, let task { lines += TopDetail(task, columns: columns, rows: detail, now: now).lines }
        return lines + [footer]
    }

    private func visible(_ table: TopTable, rows: Int) -> [Frame.Line] {
        if tasks.isEmpty { return empty }
        let count = max(1, rows / Self.rowsOfTask)
        let place = tasks.firstIndex { $0.id == selected } ?? 0
        // The selected task stays in sight: as a page, so that moving within it changes little.
        let first = tasks.count <= count ? 0 : min(place / count * count, tasks.count - count)
        return tasks[first..<min(first + count, tasks.count)].flatMap { task in
            let row = table.row(task, mark: task.id == selected ? ">" : " ")
            return [task.id == selected ? row.chosen(columns: columns) : row, table.lineBelow(task)]
        }
    }

    private var empty: [Frame.Line] {
        if isFresh { return [] }
        let older = hidden > 0 ? "; e shows the \(hidden) that ended" : ""
        return [
            Frame.Line(), Frame.Line("  no task runs\(older)", .bold),
            Frame.Line("  task run --isolated --agent claude \"fix the failing test\" starts one", .dim),
        ]
    }

    private var title: Frame.Line {
        let active = tasks.filter { $0.state.phase != .ended }
        let waiting = active.filter { $0.state.waiting != nil }.count
        var spans = [Frame.Span(" task", .bold), Frame.Span("   \(active.count - waiting) running")]
        if waiting > 0 { spans.append(Frame.Span("   \(waiting) waiting for you", .warning)) }
        let ended = tasks.count - active.count
        if ended > 0 { spans.append(Frame.Span("   \(ended) ended", .dim)) }
        if hidden > 0 { spans.append(Frame.Span("   \(hidden) older", .dim)) }
        let unsafe = active.filter(\.state.isUnsafe).count
        if unsafe > 0 { spans.append(Frame.Span("   \(unsafe) UNSAFE", .alarm)) }
        if unreadable > 0 { spans.append(Frame.Span("   \(unreadable) unreadable: task list", .bad)) }
        return Frame.Line(spans)
    }

    private var footer: Frame.Line {
        switch mode {
        case .stopping(let id):
            return Frame.Line("stop \(id)? Its work is brought home. y/n", .warning)
        case .typing(let id, let text):
            let prompt = "send to \(id): "
            return Frame.Line([
                Frame.Span(prompt, .warning), Frame.Span(Self.end(of: text, columns - DisplayWidth.of(prompt) - 1)),
                Frame.Span("_", .reversed),
            ])
        default:
            if let notice { return Frame.Line(notice.text, notice.isError ? .bad : .good) }
            return Frame.Line("enter attach  l output  d diff  s stop  i send  e ended  ? help  q quit", .dim)
        }
    }

    /// The last part of a text, as far as it fits.
    private static func end(of text: String, _ columns: Int) -> String {
        DisplayWidth.rows(PlainText.line(String(text.reversed())), of: max(1, columns)).first.map {
            String($0.reversed())
        } ?? ""
    }

    private func reading(_ reader: TopReader) -> [Frame.Line] {
        let text = reader.window(columns: columns, rows: rows - 2)
        let blank = Array(repeating: Frame.Line(), count: max(0, rows - 2 - text.count))
        return [TopDetail.rule(reader.title, columns)] + text.map { Frame.Line($0) } + blank + [
            Frame.Line("arrows, space, b, g, G scroll  q back", .dim)
        ]
    }
}

/// What the keys are.
enum TopHelp {
    static let lines = [
        Frame.Line(" Keys", .bold), Frame.Line(),
        Frame.Line("   up, down, k, j     choose a task"),
        Frame.Line("   enter, a           attach to its terminal; C-b d comes back here"),
        Frame.Line("   l                  what it has printed, and goes on to print"),
        Frame.Line("   d                  what it changed, committed and not"),
        Frame.Line("   i, t               type a line into its terminal"),
        Frame.Line("   s                  stop it and bring its work home"),
        Frame.Line("   e                  show all that have ended, or those of the last hour"),
        Frame.Line("   C-l                draw everything anew"),
        Frame.Line("   C-z                suspend; fg comes back"),
        Frame.Line("   q, C-c             leave; tasks go on"),
        Frame.Line(),
        Frame.Line(" Columns", .bold), Frame.Line(),
        Frame.Line("   CPU       share of one processor; 200% is two of them"),
        Frame.Line("   MEMORY    of all its processes, without cache that can go"),
        Frame.Line("   REFUSED   how often its network policy refused something"),
        Frame.Line("   below     why it waits, what was refused last, the last line it printed"),
        Frame.Line(),
        Frame.Line(" any key goes back", .dim),
    ]
}
