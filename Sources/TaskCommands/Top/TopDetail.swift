import FoundationEssentials
import Supervision
import System
import TaskModel

/// What more there is to tell of the selected task: where its work is, what happened to it, what it prints. Pure.
struct TopDetail {
    private let task: DashboardTask
    private let columns: Int
    private let rows: Int
    private let now: Date

    init(_ task: DashboardTask, columns: Int, rows: Int, now: Date) {
        self.task = task
        self.columns = columns
        self.rows = rows
        self.now = now
    }

    /// Exactly so many rows.
    var lines: [Frame.Line] {
        let head = [Self.rule(task.id.description, columns), facts]
        let events = task.events.suffix(min(8, max(1, (rows - head.count) / 3))).map(event)
        let room = rows - head.count - events.count - 1
        // The last rows of long lines count, not their first.
        var output = task.output.suffix(max(0, room)).flatMap { DisplayWidth.rows($0, of: columns - 2) }.suffix(
            max(0, room))
        while let first = output.first, first.allSatisfy({ $0 == " " }) { output.removeFirst() }
        let text = output.map { Frame.Line("  \($0)") }
        let rule = task.output.isEmpty ? [Frame.Line("  nothing printed yet", .dim)] : [Self.rule("output", columns)]
        let all = head + events + rule + text
        return all + Array(repeating: Frame.Line(), count: max(0, rows - all.count))
    }

    /// A line across, with a title in it.
    static func rule(_ title: String, _ columns: Int) -> Frame.Line {
        let text = "── \(DisplayWidth.cut(title, to: columns - 8)) "
        return Frame.Line(text + String(repeating: "─", count: max(0, columns - DisplayWidth.of(text))), .dim)
    }

    private var facts: Frame.Line {
        let state = task.state
        let head = state.head.map { " at \(PlainText.line($0, limit: 10))".replacing("…", with: "") } ?? ""
        var parts = ["\(state.branch)\(head)", PlainText.line(task.project, limit: 300)]
        if let sources = state.network?.sources, !sources.isEmpty {
            parts.append("policy \(PlainText.line(sources.joined(separator: ", "), limit: 80))")
        }
        if let conflict = state.conflict { parts.append(PlainText.line(conflict, limit: 200)) }
        return Frame.Line("  " + parts.filter { !$0.isEmpty }.joined(separator: "   "))
    }

    private func event(_ event: TaskEvent) -> Frame.Line {
        let isBad =
            [.nameRefused, .connectionRefused, .exportFailed, .engineUnavailable, .gatewayFailed, .policyInvalid]
            .contains(event.event)
        let age = Age.text(now.timeIntervalSince(event.time))
        let gap = String(repeating: " ", count: max(0, 4 - age.utf8.count))
        return Frame.Line([
            Frame.Span("  \(gap)\(age)  ", .dim), Frame.Span(Self.words(event), isBad ? .bad : .plain),
        ])
    }

    /// Commits and ids are known by their beginnings.
    private static func short(_ text: String) -> String {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
        return digits.utf8.count >= 40 && digits.allSatisfy(\.isHexDigit) ? String(digits.prefix(12)) : text
    }

    /// What happened, in words: "refused evil.example:443  not listed  ×12".
    static func words(_ event: TaskEvent) -> String {
        func field(_ name: String) -> String? { event.data[name].map { PlainText.line($0.text, limit: 300) } }
        let place = (field("host") ?? "") + (field("port").map { ":\($0)" } ?? "")
        let count = field("count").flatMap { $0 == "1" ? nil : "×\($0)" }
        let words: [String?] =
            switch event.event {
            case .nameRefused, .connectionRefused: ["refused \(place)", field("reason"), count]
            case .connectionClosed:
                ["let through \(place)", "out \(field("bytesOut") ?? "0")", "in \(field("bytesIn") ?? "0")", count]
            case .policyChanged: ["policy: \(field("change") ?? "") \(field("target") ?? "")"]
            default:
                [PlainText.line(event.event.rawValue, limit: 80)]
                    + event.data.keys.sorted().map { "\(PlainText.line($0, limit: 80))=\(short(field($0) ?? ""))" }
            }
        return words.compactMap { $0 }.joined(separator: "  ")
    }
}
